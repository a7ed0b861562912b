package dev.sekiso.integration.invariants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wrong with a stack fails the test, with a word that says where. */
class CheckedStacksTest {

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final int BYTES = 20_000;

  private final CheckedStacks stacks = new CheckedStacks();

  private static StorageStack.Builder builder() {
    return StorageStack.builder()
        .catalog(CATALOG)
        .simulated(1)
        .memory("2m")
        .device("ram:4m")
        .fileSystem("ext2?block_size=1k");
  }

  private static OpenFile writeFile(StorageStack stack) throws ErrnoException {
    OpenFile file = stack.vfs().open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    stack.vfs().write(file, new byte[BYTES]);
    return file;
  }

  private static AddressSpace pages(OpenFile file) {
    return ((AddressSpaceOwner) file.inode()).addressSpace();
  }

  /** Breaks something, and gives what mends it again. */
  private interface Planting {
    AutoCloseable plant(StorageStack stack, OpenFile file) throws Exception;
  }

  /** What is found with something broken; without it nothing must be. */
  private static List<String> violations(Planting planting) throws Exception {
    return builder()
        .run(stack -> {
          OpenFile file = writeFile(stack);
          List<String> found;
          try (AutoCloseable _ = planting.plant(stack, file)) {
            found = StackInvariants.of(stack).violations();
          }
          stack.vfs().close(file);
          assertThat(StackInvariants.of(stack).violations()).isEmpty();
          return found;
        })
        .value();
  }

  @Test
  void stackAtRest_isFoundRight_andTheTestPasses() throws Exception {
    stacks.run(
        builder(),
        stack -> {
          stack.vfs().close(writeFile(stack));
          return null;
        });
    stacks.afterTestExecution(null);
  }

  @Test
  void file_leftOpen_isSeenByTheVfs() throws Exception {
    assertThat(violations((stack, file) -> () -> {}))
        .isNotEmpty()
        .allSatisfy(violation -> assertThat(violation).startsWith("vfs: "));
  }

  @Test
  void page_neverGivenBack_isSeenByThePageCache() throws Exception {
    assertThat(
            violations((stack, file) -> {
              Folio folio = pages(file).readFolio(2);
              return folio::put;
            }))
        .anySatisfy(violation ->
            assertThat(violation)
                .startsWith("as it was left: page cache: 2 references at rest, not 1"));
  }

  @Test
  void plug_leftOpen_isSeenByTheQueue() throws Exception {
    assertThat(
            violations((stack, file) -> {
              Plug plug = stack.device("sda").plug();
              return plug::close;
            }))
        .contains("synced: queue sda: a plug was opened and not closed of sda");
  }

  @Test
  void page_toldDirtyThatIsNot_isSeenByWriteback() throws Exception {
    assertThat(
            violations((stack, file) -> {
              DirtyListener listener = (DirtyListener) file.inode().superBlock().backingDevice();
              listener.dirtied(pages(file), 1);
              return () -> listener.cleaned(pages(file), 1);
            }))
        .contains("synced: writeback: 1 dirty pages counted, there are 0");
  }

  @Test
  void stackThatIsWrong_failsTheTest() throws Exception {
    stacks.run(
        builder(),
        stack -> {
          OpenFile file = writeFile(stack);
          DirtyListener listener = (DirtyListener) file.inode().superBlock().backingDevice();
          listener.dirtied(pages(file), 1);
          stack.vfs().close(file);
          return null;
        });
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> stacks.afterTestExecution(null))
        .withMessageContaining("stack 1: synced: writeback: 1 pages dirty");
  }

  @Test
  void image_thatE2fsckFindsFaultWith_failsTheTest() throws Exception {
    E2fsprogs.assumeInstalled();
    stacks.run(
        builder(),
        stack -> {
          stack.vfs().close(writeFile(stack));
          stack.sync();
          // The block bitmap, behind the back of the file system.
          try (Arena arena = Arena.ofConfined()) {
            BlockIo io = new BlockIo(stack.machine(), stack.device("sda"));
            MemorySegment descriptors = arena.allocate(1024, 4096);
            io.read(4, descriptors);
            long bitmap = descriptors.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            io.write(bitmap * 2, arena.allocate(1024, 4096));
          }
          return null;
        });
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> stacks.afterTestExecution(null))
        .withMessageContaining("sda is not clean: [e2fsck -fn");
  }
}
