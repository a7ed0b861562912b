package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.util.Arrays;

/**
 * The calls on a process's memory as tracepoints know them: {@code syscalls:sys_enter_NAME} with
 * the call's arguments and {@code syscalls:sys_exit_NAME} with what it returned, a negative error
 * number when it failed. {@code mmap} of a file is told of by the VFS, which is asked first.
 */
@SuppressWarnings("ImmutableEnumChecker") // a tracepoint copies its list
enum MemoryCall {
  MMAP("mmap", "addr", "len", "prot", "flags"),
  MUNMAP("munmap", "addr", "len"),
  MPROTECT("mprotect", "start", "len", "prot"),
  MREMAP("mremap", "addr", "old_len", "new_len", "flags", "new_addr"),
  REMAP_FILE_PAGES("remap_file_pages", "start", "size", "prot", "pgoff", "flags"),
  MADVISE("madvise", "start", "len_in", "behavior"),
  MINCORE("mincore", "start", "len"),
  MLOCK("mlock", "start", "len"),
  MLOCK2("mlock2", "start", "len", "flags"),
  MUNLOCK("munlock", "start", "len"),
  MLOCKALL("mlockall", "flags"),
  MUNLOCKALL("munlockall"),
  MSYNC("msync", "start", "len", "flags");

  private final Tracepoint enter;
  private final Tracepoint exit;

  MemoryCall(String name, String... arguments) {
    this.enter = new Tracepoint("syscalls", "sys_enter_" + name, Arrays.asList(arguments));
    this.exit = Tracepoint.of("syscalls", "sys_exit_" + name, "ret");
  }

  /** What a call does. */
  @FunctionalInterface
  interface Body<T> {
    T run() throws ErrnoException;
  }

  /** What a call does that returns nothing. */
  @FunctionalInterface
  interface Action {
    void run() throws ErrnoException;
  }

  void run(Tracer tracer, Action action, Object... arguments) throws ErrnoException {
    get(
        tracer,
        () -> {
          action.run();
          return null;
        },
        arguments);
  }

  /** Runs a call between its two tracepoints. */
  <T> T get(Tracer tracer, Body<T> body, Object... arguments) throws ErrnoException {
    if (!tracer.enabled()) {
      return body.run();
    }
    if (tracer.enabled(enter)) {
      tracer.emit(enter, arguments);
    }
    long result = 0;
    try {
      T value = body.run();
      result = value instanceof MemoryMapping mapping ? mapping.address() : 0;
      return value;
    } catch (ErrnoException e) {
      result = -e.errno().number();
      throw e;
    } finally {
      if (tracer.enabled(exit)) {
        tracer.emit(exit, result);
      }
    }
  }
}
