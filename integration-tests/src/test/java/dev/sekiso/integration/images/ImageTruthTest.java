package dev.sekiso.integration.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.cli.Main;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.integration.invariants.CheckedStacks;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.FileType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Thousands of files of every kind, written by one side and read by the other: the same content,
 * mode, owner, times and links. Filling takes the super user, for owners and devices.
 */
class ImageTruthTest {

  private static final String SIZE = "96m";
  private static final int SHOWN = 10;

  @RegisterExtension final CheckedStacks stacks = new CheckedStacks();

  @TempDir Path folder;

  @ParameterizedTest(name = "blocks of {0} bytes, inodes of {1}")
  @CsvSource({"1024, 128", "2048, 256", "4096, 256"})
  void imageFilledByTheKernel_readsTheSame(int blockSize, int inodeSize) throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = make("kernel.img", blockSize, inodeSize);
    try (KernelMount mount = KernelMount.of(image, folder, "rw")) {
      new TreeMaker(mount.root(), blockSize, blockSize, inodeSize > 128).fill();
    }
    E2fsprogs.assertClean(image);
    try (KernelMount mount = KernelMount.of(image, folder, "ro,noatime")) {
      SortedMap<String, Entry> truth = HostTree.read(mount.root());
      assertThat(truth.size()).isGreaterThan(2500);
      assertSame(readByUs(image), truth);
      checkGet(image, truth);
      checkPut(mount.root(), truth, blockSize, inodeSize);
    }
  }

  @ParameterizedTest(name = "blocks of {0} bytes, inodes of {1}")
  @CsvSource({"1024, 128", "2048, 256", "4096, 256"})
  void imageFilledByMke2fs_readsTheSame(int blockSize, int inodeSize) throws Exception {
    E2fsprogs.assumeInstalled();
    assumeSuperUser();
    Path tree = Files.createDirectory(folder.resolve("tree"));
    new TreeMaker(tree, blockSize + 1, blockSize, false).fill();
    SortedMap<String, Entry> truth = HostTree.read(tree);
    Path image = make("populated.img", blockSize, inodeSize, "-d", tree.toString());
    // mke2fs 1.47 copies whole seconds, and dates the change of what it has made on its own. It
    // reads
    // the tree after we have read it, which moves the times of access.
    UnaryOperator<Entry> kept = entry -> entry.inSeconds().withoutChange().withoutAccess();
    assertSame(map(readByUs(image), kept), map(truth, kept));
  }

  private static void assumeSuperUser() throws IOException {
    Assumptions.assumeTrue(
        (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "files of other owners and devices take the super user");
  }

  private Path make(String name, int blockSize, int inodeSize, String... more) throws Exception {
    Path image = folder.resolve(name);
    List<String> options =
        new ArrayList<>(List.of("-b", "" + blockSize, "-I", "" + inodeSize, "-N", "6000"));
    options.addAll(List.of(more));
    E2fsprogs.mke2fs(image, SIZE, options.toArray(String[]::new));
    return image;
  }

  private SortedMap<String, Entry> readByUs(Path image) throws ErrnoException {
    StorageStack.Builder builder =
        StorageStack.builder()
            .simulated(1)
            .memory("8m")
            .device("file:" + image + "?read_only=true")
            .fileSystem("ext2?options=ro,noatime");
    return stacks.run(builder, stack -> StackTree.read(stack.vfs())).value();
  }

  /** The command's {@code get}, to the host's file system. */
  private void checkGet(Path image, SortedMap<String, Entry> truth) throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    List<Object> arguments = new ArrayList<>(List.of("fs", image, "get", "-r", "--preserve-owner"));
    topNames(truth).forEach(name -> arguments.add("/" + name));
    arguments.add(out);
    sekiso(1, arguments.toArray());
    Predicate<Entry> copied =
        entry ->
            entry.type() == FileType.REGULAR
                || entry.type() == FileType.DIRECTORY
                || entry.type() == FileType.SYMBOLIC_LINK;
    UnaryOperator<Entry> kept = Entry::withoutChange;
    assertSame(map(filter(HostTree.read(out), copied), kept), map(filter(truth, copied), kept));
  }

  /** The command's {@code put} into a fresh image, which e2fsck and the kernel then look at. */
  private void checkPut(Path tree, SortedMap<String, Entry> truth, int blockSize, int inodeSize)
      throws Exception {
    Path image = make("ours.img", blockSize, inodeSize);
    List<Object> arguments = new ArrayList<>(List.of("fs", image, "put", "-r"));
    topNames(truth).forEach(name -> arguments.add(tree.resolve(name)));
    arguments.add("/");
    sekiso(0, arguments.toArray());
    E2fsprogs.assertClean(image);
    UnaryOperator<Entry> kept = Entry::withoutChange;
    assertSame(map(readByUs(image), kept), map(truth, kept));
    try (KernelMount mount = KernelMount.of(image, folder, "ro,noatime")) {
      assertSame(map(HostTree.read(mount.root()), kept), map(truth, kept));
    }
  }

  private static List<String> topNames(SortedMap<String, Entry> tree) {
    return tree.keySet().stream().filter(name -> !name.contains("/")).toList();
  }

  /** Runs the command; a code up to the given one is well, as when devices are left out. */
  private static void sekiso(int highest, Object... arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    String[] words = List.of(arguments).stream().map(String::valueOf).toArray(String[]::new);
    int code = Main.run(stream, stream, words);
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isLessThanOrEqualTo(highest);
    assertThat(text.lines().filter(line -> !line.contains("left out"))).isEmpty();
  }

  private static SortedMap<String, Entry> map(
      SortedMap<String, Entry> tree, UnaryOperator<Entry> change) {
    SortedMap<String, Entry> changed = new TreeMap<>();
    tree.forEach((path, entry) -> changed.put(path, change.apply(entry)));
    return changed;
  }

  private static SortedMap<String, Entry> filter(
      SortedMap<String, Entry> tree, Predicate<Entry> which) {
    SortedMap<String, Entry> some = new TreeMap<>(tree);
    some.values().removeIf(which.negate());
    return some;
  }

  /** Names the first differences only: a tree has thousands of names. */
  private static void assertSame(SortedMap<String, Entry> found, SortedMap<String, Entry> truth) {
    List<String> differences = new ArrayList<>();
    SortedMap<String, Entry> all = new TreeMap<>(truth);
    all.putAll(found);
    for (String path : all.keySet()) {
      Entry is = found.get(path);
      Entry shouldBe = truth.get(path);
      if (is == null || !is.equals(shouldBe)) {
        differences.add(path + "\n  is        " + is + "\n  should be " + shouldBe);
      }
    }
    assertThat(differences.stream().limit(SHOWN))
        .as("%d of %d names differ", differences.size(), all.size())
        .isEmpty();
  }
}
