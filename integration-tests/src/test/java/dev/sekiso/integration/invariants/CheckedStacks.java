package dev.sekiso.integration.invariants;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.InvariantExtension;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.StackTask;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs the stacks of a test, and after the test fails it if an invariant of any of them did not
 * hold when its task had returned ({@link StackInvariants}), or if {@code e2fsck -fn}, where it is
 * installed, finds fault with an ext2 that was unmounted:
 *
 * <pre>{@code
 * @RegisterExtension final CheckedStacks stacks = new CheckedStacks();
 *
 * @Test void test() throws Exception {
 *   stacks.run(StorageStack.builder().device("ram:8m"), stack -> ...);
 * }
 * }</pre>
 *
 * <p>A stack whose power was cut, or whose task failed, is not looked at: it is not at rest.
 */
public final class CheckedStacks implements AfterTestExecutionCallback {

  private static final int SUPER_BLOCK = 1024;
  private static final int MAGIC_OFFSET = 56;
  private static final short MAGIC = (short) 0xEF53;

  private final InvariantExtension invariants = new InvariantExtension();
  private int stacks;

  /** As {@link StorageStack.Builder#run}. */
  public <T, X extends Exception> Outcome<T> run(StorageStack.Builder builder, StackTask<T, X> task)
      throws X, ErrnoException {
    return run("stack " + ++stacks, builder, task);
  }

  /**
   * As {@link StorageStack.Builder#run}.
   *
   * @param name what to call the stack when something is wrong with it; unique within a test
   */
  public <T, X extends Exception> Outcome<T> run(
      String name, StorageStack.Builder builder, StackTask<T, X> task) throws X, ErrnoException {
    List<String> found = new ArrayList<>();
    invariants.watch(name, () -> found);
    Outcome<T> outcome =
        builder.run(stack -> {
          T value = task.run(stack);
          found.addAll(StackInvariants.of(stack).violations());
          return value;
        });
    if (!outcome.powerWasCut() && E2fsprogs.isInstalled()) {
      for (Map.Entry<String, Media> device : outcome.media().entrySet()) {
        if (holdsExt2(device.getValue())) {
          checkImage(device.getKey(), device.getValue(), found);
        }
      }
    }
    return outcome;
  }

  private static boolean holdsExt2(Media media) {
    if (media.sectors() << Bio.SECTOR_SHIFT < 2 * SUPER_BLOCK) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(SUPER_BLOCK, 4096);
      media.read(SUPER_BLOCK >> Bio.SECTOR_SHIFT, block);
      return block.get(ValueLayout.JAVA_SHORT_UNALIGNED, MAGIC_OFFSET) == MAGIC;
    }
  }

  private static void checkImage(String device, Media media, List<String> found) {
    try {
      Path image = Files.createTempFile("sekiso-", ".img");
      try {
        TestStack.save(media, image);
        E2fsprogs.assertClean(image);
      } catch (AssertionError e) {
        found.add(device + " is not clean: " + e.getMessage());
      } finally {
        Files.delete(image);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while e2fsck ran", e);
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    stacks = 0;
    invariants.afterTestExecution(context);
  }
}
