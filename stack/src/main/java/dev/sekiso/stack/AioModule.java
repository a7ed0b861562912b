package dev.sekiso.stack;

import dev.sekiso.aio.InlineEngine;
import dev.sekiso.aio.WorkerEngine;

/** Binds asynchronous-I/O engines. */
final class AioModule extends SeamModule {

  @Override
  protected void configure() {
    choice(
        Seams.AIO,
        "engine",
        "tries without waiting, then hands over to worker tasks",
        "io_uring/io-wq.c, glibc aio(7)",
        WorkerEngine::new);
    choice(
        Seams.AIO,
        "inline",
        "carries every transfer out in the submitter",
        "the baseline",
        (machine, vfs, settings) -> new InlineEngine(vfs));
  }
}
