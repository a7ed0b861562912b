package dev.sekiso.stack;

import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MS_SYNC;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A page that cannot be written, and everybody who might be told, in the order in which they ask,
 * for the kernels of all profiles. {@code EIO} stands for being told, {@code -} for not.
 */
class WritebackErrorsTest {

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final int PAGE = 4096;

  /** Something that may be told. */
  @FunctionalInterface
  private interface Call {
    void run() throws ErrnoException;
  }

  /** Two open files of one file, and a mapping of it by the second. */
  private record Scene(
      StorageStack stack, FaultyDevice disk, OpenFile one, OpenFile other, MemoryMapping mapping) {

    Vfs vfs() {
      return stack.vfs();
    }

    /** Dirties a page, and has the flusher fail to write it. */
    void lose(long page) throws ErrnoException {
      failingWrites(() -> {
        vfs().pwrite(one, new byte[PAGE], page * PAGE);
        vfs().syncFileRange(one, 0, 0, FileOperations.START_WRITE);
      });
    }

    void failingWrites(Call call) throws ErrnoException {
      disk.inject(Fault.error(Errno.EIO).on(BioOperation.WRITE));
      call.run();
      stack.machine().sleep(1_000_000_000L);
      disk.clearFaults();
    }

    String ask(String who) throws ErrnoException {
      Call call =
          switch (who) {
            case "fsync1" -> () -> vfs().fsync(one);
            case "fsync2" -> () -> vfs().fsync(other);
            case "msync2" -> () -> mapping.sync(MS_SYNC);
            case "osync" -> this::writeSynchronously;
            case "sync" -> stack::sync;
            case "syncfs1" -> () -> vfs().syncfs(one);
            default -> () -> vfs().close(vfs().open("/f", OpenFlag.WRITE_ONLY));
          };
      try {
        call.run();
        return "-";
      } catch (ErrnoException e) {
        return e.errno().name();
      }
    }

    private void writeSynchronously() throws ErrnoException {
      OpenFile file = vfs().open("/f", OpenFlag.WRITE_ONLY, OpenFlag.SYNCHRONOUS);
      try {
        vfs().pwrite(file, new byte[1], 0);
      } finally {
        vfs().close(file);
      }
    }
  }

  @FunctionalInterface
  private interface Program {
    void run(Scene scene) throws Exception;
  }

  private static void run(String profile, String layer, Program program) throws Exception {
    StorageStack.builder()
        .catalog(CATALOG)
        .profile(profile)
        .memory("2m")
        .simulated(3)
        .layer("writeback", layer)
        .device("flaky(ram:8m)")
        .fileSystem("ext2?block_size=4k")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile one = vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
          vfs.pwrite(one, new byte[8 * PAGE], 0);
          vfs.fsync(one);
          OpenFile other = vfs.open("/f", OpenFlag.READ_WRITE);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping mapping =
                memory.mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
            program.run(new Scene(stack, (FaultyDevice) stack.device("sda"), one, other, mapping));
          }
          vfs.close(one);
          vfs.close(other);
          return null;
        });
  }

  @ParameterizedTest
  @CsvSource({
    "linux-6.18, fsync1 fsync2 fsync1 fsync2, EIO EIO - -",
    "linux-4.7, fsync1 fsync2 fsync1 fsync2, EIO - - -",
    "linux-2.6.11, fsync1 fsync2 fsync1 fsync2, EIO - - -",
    "linux-6.18, msync2 fsync2 fsync1, EIO - EIO",
    "linux-4.7, msync2 fsync2 fsync1, EIO - -",
    "linux-2.6.11, msync2 fsync2 fsync1, EIO - -",
    // Opened after an error nobody had seen, so it is this open file's too.
    "linux-6.18, osync osync fsync1 fsync2, EIO - EIO EIO",
    "linux-4.7, osync osync fsync1 fsync2, EIO - - -",
    "linux-2.6.11, osync osync fsync1 fsync2, EIO - - -",
    "linux-6.18, close close fsync2 fsync1, - - EIO EIO",
    "linux-4.7, close close fsync2 fsync1, - - EIO -",
    "linux-2.6.11, close close fsync2 fsync1, - - EIO -",
    "linux-6.18, sync syncfs1 syncfs1 fsync1 fsync2, - EIO - EIO EIO",
    "linux-4.7, sync syncfs1 fsync2 fsync1, - - EIO -",
  })
  void flusherFailed_whoAsks_isToldAsInItsKernel(String profile, String who, String told)
      throws Exception {
    for (String layer : List.of("cgroup", "write-through")) {
      run(
          profile,
          layer,
          scene -> {
            scene.lose(3);
            List<String> answers = new ArrayList<>();
            for (String name : who.split(" ")) {
              answers.add(scene.ask(name));
            }
            assertThat(String.join(" ", answers)).as("%s of %s", who, layer).isEqualTo(told);
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"linux-6.18, EIO EIO", "linux-4.7, EIO -", "linux-2.6.11, - -"})
  void syncItselfFails_fsyncAfterwards_isToldUnlessSyncTookIt(String profile, String told)
      throws Exception {
    run(
        profile,
        "cgroup",
        scene -> {
          scene.failingWrites(() -> {
            scene.vfs().pwrite(scene.one(), new byte[PAGE], 0);
            scene.stack().sync();
          });
          assertThat(scene.ask("fsync1") + " " + scene.ask("fsync2")).isEqualTo(told);
        });
  }

  @ParameterizedTest
  @CsvSource({"linux-6.18, EIO", "linux-4.7, -", "linux-2.6.11, -"})
  void fsyncItselfFails_theOther_hearsOnlyIfItIsItsOwn(String profile, String other)
      throws Exception {
    run(
        profile,
        "cgroup",
        scene -> {
          scene.vfs().pwrite(scene.one(), new byte[PAGE], 0);
          scene.failingWrites(() -> assertThat(scene.ask("fsync1")).isEqualTo("EIO"));
          assertThat(scene.ask("fsync2")).isEqualTo(other);
          assertThat(scene.ask("fsync1")).isEqualTo("-");
        });
  }
}
