package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** {@code FIFREEZE} and {@code FITHAW}, and the super block's own freezing. */
class FreezeTest extends VfsTestBase {

  private static final long MILLISECOND = 1_000_000;

  private Task spawn(String name, Call call) {
    return machine.spawn(
        name,
        TaskKind.USER,
        () -> {
          try {
            call.run();
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void freeze_checksWhoAsksAndWhatIs() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      OpenFile place = vfs.open("/f", OpenFlag.PATH);
      assertErrno(Errno.EBADF, () -> vfs.freeze(place));
      assertErrno(Errno.EBADF, () -> vfs.thaw(place));
      as(1, 1, () -> assertErrno(Errno.EPERM, () -> vfs.freeze(file)));
      as(1, 1, () -> assertErrno(Errno.EPERM, () -> vfs.thaw(file)));
      assertErrno(Errno.EINVAL, () -> vfs.thaw(file));
      vfs.freeze(file);
      assertErrno(Errno.EBUSY, () -> vfs.freeze(file));
      vfs.thaw(file);
      assertErrno(Errno.EINVAL, () -> vfs.thaw(file));
      vfs.close(place);
      vfs.close(file);
      assertErrno(Errno.EBADF, () -> vfs.freeze(file));
    });
  }

  @Test
  void freeze_holdsChangesUntilThawed() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      SuperBlock frozen = superBlock();
      frozen.freeze();
      assertThat(frozen.freezeLevel()).isEqualTo(FreezeLevel.COMPLETE);
      assertErrno(Errno.EBUSY, frozen::freeze);
      AtomicLong done = new AtomicLong();
      List<Task> writers = new ArrayList<>();
      for (Call call :
          List.<Call>of(
              () -> vfs.pwrite(file, new byte[1], 0),
              () -> vfs.mkdir("/d", 0755),
              () -> vfs.chmod("/f", 0600),
              () -> vfs.ftruncate(file, 5))) {
        writers.add(
            spawn(
                "writer",
                () -> {
                  call.run();
                  done.addAndGet(machine.nanoTime() > 5 * MILLISECOND ? 1 : 100);
                }));
      }
      MemorySegment[] one = {MemorySegment.ofArray(new byte[1])};
      assertErrno(Errno.EAGAIN, () -> vfs.pwritev2(file, one, 0, TransferFlags.NO_WAIT));
      assertThat(vfs.pread(file, new byte[1], 0)).isZero();
      machine.sleep(10 * MILLISECOND);
      assertThat(done).hasValue(0);
      frozen.thaw();
      writers.forEach(Task::join);
      assertThat(done).hasValue(4);
      assertErrno(Errno.EINVAL, frozen::thaw);
      vfs.close(file);
    });
  }

  @Test
  void freeze_waitsForChangesUnderWay() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      simulate(
          seed,
          Room.AMPLE,
          () -> {
            store().latencyNanos = MILLISECOND;
            List<Task> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
              String path = "/f" + i;
              writers.add(spawn("writer", () -> put(path, new byte[100])));
            }
            machine.sleep(MILLISECOND / 2);
            superBlock().freeze();
            var before = snapshot();
            machine.sleep(100 * MILLISECOND);
            assertThat(snapshot()).isEqualTo(before);
            superBlock().thaw();
            writers.forEach(Task::join);
            assertThat(names("/")).containsExactly("f0", "f1", "f2");
          });
    }
  }

  @Test
  void freeze_lastCloseOfRemovedFile_waits() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.unlink("/f");
      superBlock().freeze();
      Task closer = spawn("closer", () -> vfs.close(file));
      machine.sleep(10 * MILLISECOND);
      assertThat(closer.isAlive()).isTrue();
      assertThat(store().nodeCount()).isEqualTo(2);
      superBlock().thaw();
      closer.join();
      assertThat(store().nodeCount()).isEqualTo(1);
    });
  }

  @Test
  void freezeAndThaw_againstEverything_neverHangs() throws Exception {
    for (long seed = 0; seed < 30; seed++) {
      simulate(
          seed,
          Room.AMPLE,
          () -> {
            store().latencyNanos = 1000;
            List<Task> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
              String path = "/f" + i;
              tasks.add(
                  spawn(
                      "worker",
                      () -> {
                        for (int round = 0; round < 20; round++) {
                          put(path, "x");
                          vfs.rename(path, path + "x");
                          OpenFile file = vfs.open(path + "x");
                          vfs.unlink(path + "x");
                          vfs.close(file);
                        }
                      }));
            }
            for (int round = 0; round < 20; round++) {
              superBlock().freeze();
              machine.sleep(3000);
              superBlock().thaw();
              machine.sleep(3000);
            }
            tasks.forEach(Task::join);
            assertThat(names("/")).isEmpty();
          });
    }
  }

  @Test
  void freeze_syncFails_isThawedAgain() throws Exception {
    run(() -> {
      store().syncFailure = Errno.EIO;
      assertErrno(Errno.EIO, superBlock()::freeze);
      store().syncFailure = null;
      assertThat(superBlock().freezeLevel()).isEqualTo(FreezeLevel.UNFROZEN);
      put("/f", "x");
    });
  }

  @Test
  void secondFreezer_waitsForTheFirst() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      SuperBlock superBlock = superBlock();
      superBlock.startWrite();
      Task first = spawn("first", () -> vfs.freeze(file));
      machine.sleep(MILLISECOND);
      Task second = spawn("second", () -> assertErrno(Errno.EBUSY, () -> vfs.freeze(file)));
      machine.sleep(MILLISECOND);
      assertThat(first.isAlive()).isTrue();
      assertThat(second.isAlive()).isTrue();
      assertErrno(Errno.EINVAL, () -> vfs.thaw(file));
      superBlock.endWrite();
      first.join();
      second.join();
      vfs.thaw(file);
      vfs.close(file);
    });
  }

  /** A call copies from a mapping, and so comes to a first store within a change. */
  @Test
  void firstStoreWithinACall_isLetThroughUntilAllCallsHaveEnded() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      FileMapping mapping = vfs.mmap(file, 0, 4096, 3, Sharing.SHARED);
      SuperBlock superBlock = superBlock();
      superBlock.startWrite();
      Task freezer = spawn("freezer", superBlock::freeze);
      machine.sleep(MILLISECOND);
      assertThat(superBlock.freezeLevel()).isEqualTo(FreezeLevel.WRITE);
      mapping.startStore();
      superBlock.startInternalWrite();
      superBlock.endWrite();
      machine.sleep(MILLISECOND);
      assertThat(superBlock.freezeLevel()).isEqualTo(FreezeLevel.PAGE_FAULT);
      mapping.endStore();
      machine.sleep(MILLISECOND);
      assertThat(superBlock.freezeLevel()).isEqualTo(FreezeLevel.FILE_SYSTEM);
      superBlock.endInternalWrite();
      freezer.join();
      Task store =
          spawn(
              "store",
              () -> {
                mapping.startStore();
                mapping.endStore();
              });
      machine.sleep(MILLISECOND);
      assertThat(store.isAlive()).isTrue();
      superBlock.thaw();
      store.join();
      mapping.release();
      vfs.close(file);
    });
  }

  @Test
  void syncs_ofFrozenFileSystem_doNotWait() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.write(file, new byte[10]);
      vfs.freeze(file);
      vfs.sync();
      vfs.syncfs(file);
      vfs.fsync(file);
      assertThat(vfs.pread(file, new byte[10], 0)).isEqualTo(10);
      vfs.thaw(file);
      vfs.close(file);
    });
  }

  @Test
  void remount_ofFrozenFileSystem_isBusy() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.freeze(file);
      assertErrno(Errno.EBUSY, () -> vfs.remount("/", Set.of(MountFlag.READ_ONLY), ""));
      vfs.thaw(file);
      vfs.close(file);
      vfs.remount("/", Set.of(MountFlag.READ_ONLY), "");
      OpenFile root = vfs.open("/", OpenFlag.DIRECTORY);
      vfs.freeze(root);
      assertErrno(Errno.EBUSY, () -> vfs.freeze(root));
      vfs.thaw(root);
      vfs.close(root);
      vfs.remount("/", Set.of(), "");
    });
  }

  @Test
  void unmountedWhileFrozen_isFoundFrozenAndCanBeThawed() throws Exception {
    run(() -> {
      put("/f", "x");
      SuperBlock superBlock = superBlock();
      superBlock.freeze();
      vfs.unmount("/");
      fileSystem.mount(Set.of());
      assertThat(superBlock()).isSameAs(superBlock);
      assertThat(text("/f")).isEqualTo("x");
      OpenFile root = vfs.open("/", OpenFlag.DIRECTORY);
      assertErrno(Errno.EBUSY, () -> vfs.freeze(root));
      vfs.thaw(root);
      vfs.close(root);
      put("/g", "y");
    });
  }

  @Test
  void unmountAll_endsWhatIsFrozen_mountedOrNot() throws Exception {
    run(() -> {
      put("/f", "x");
      superBlock().freeze();
      vfs.unmountAll();
      fileSystem.mount(Set.of());
      assertThat(superBlock().freezeLevel()).isEqualTo(FreezeLevel.UNFROZEN);
      SuperBlock superBlock = superBlock();
      superBlock.freeze();
      vfs.unmount("/");
      vfs.unmountAll();
      assertThat(superBlock.inodeCount()).isZero();
      fileSystem.mount(Set.of());
      assertThat(superBlock()).isNotSameAs(superBlock);
      assertThat(text("/f")).isEqualTo("x");
    });
  }

  private void freezeAgainstWriters() throws Exception {
    AtomicInteger left = new AtomicInteger(3);
    List<Task> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String path = "/f" + i;
      writers.add(
          spawn(
              "writer",
              () -> {
                for (int round = 0; round < 200; round++) {
                  put(path, "round " + round);
                  vfs.rename(path, path + "x");
                  vfs.unlink(path + "x");
                }
                left.decrementAndGet();
              }));
    }
    OpenFile root = vfs.open("/", OpenFlag.DIRECTORY);
    while (left.get() > 0) {
      vfs.freeze(root);
      Map<String, String> before = snapshot();
      machine.sleep(MILLISECOND / 10);
      assertThat(snapshot()).isEqualTo(before);
      vfs.thaw(root);
      machine.sleep(MILLISECOND / 100);
    }
    vfs.close(root);
    writers.forEach(Task::join);
    assertThat(names("/")).isEmpty();
  }

  @Test
  void frozen_nothingChanges_whateverTheWritersDo() throws Exception {
    for (long seed = 1; seed <= 10; seed++) {
      simulate(
          seed,
          Room.AMPLE,
          () -> {
            store().latencyNanos = 1000;
            freezeAgainstWriters();
          });
    }
  }

  @Test
  void frozen_inRealTime_nothingChanges() throws Exception {
    runReally(this::freezeAgainstWriters);
  }
}
