package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Bios of several pieces, waited for. */
final class Bios {

  private Bios() {}

  static void submitAndWait(
      Machine machine,
      BlockDevice device,
      BioOperation operation,
      long sector,
      MemorySegment... pieces)
      throws ErrnoException {
    WaitQueue queue = machine.newWaitQueue("bio");
    AtomicBoolean ended = new AtomicBoolean();
    Bio bio =
        new Bio(
            operation,
            Bio.SYNC,
            sector,
            done -> {
              ended.set(true);
              queue.wakeAll();
            });
    for (MemorySegment piece : pieces) {
      bio.add(piece);
    }
    device.submit(bio);
    queue.await(ended::get);
    if (bio.failure() != null) {
      throw bio.failure();
    }
  }
}
