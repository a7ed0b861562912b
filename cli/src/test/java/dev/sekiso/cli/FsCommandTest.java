package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images through the whole command, against the host's files and e2fsck. */
class FsCommandTest {

  private static final Path E2FSCK = Path.of("/usr/sbin/e2fsck");

  @TempDir Path folder;
  private Path image;

  @BeforeEach
  void makeImage() {
    image = folder.resolve("disk.img");
    Run.ok("mkfs", image, "16m", "--label", "test");
  }

  private Run fs(Object... arguments) {
    return Run.of(Stream.concat(Stream.of("fs", image), Stream.of(arguments)).toArray());
  }

  private void requireClean() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(E2FSCK), "e2fsck is not installed");
    Path log = folder.resolve("e2fsck.log");
    Process process =
        new ProcessBuilder(E2FSCK.toString(), "-fn", image.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(17).nextBytes(bytes);
    return bytes;
  }

  private Path tree() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.createDirectories(tree.resolve("a/b/empty"));
    Files.write(tree.resolve("large"), random(3_000_001));
    Files.createFile(tree.resolve("a/nothing"));
    for (int i = 0; i < 200; i++) {
      Files.writeString(tree.resolve("a/b/file-" + i), "number " + i);
    }
    Files.setPosixFilePermissions(
        tree.resolve("a/nothing"), PosixFilePermissions.fromString("r--r-----"));
    Files.createLink(tree.resolve("a/same"), tree.resolve("large"));
    Files.createSymbolicLink(tree.resolve("a/link"), Path.of("../large"));
    Files.createSymbolicLink(tree.resolve("nowhere"), Path.of("/does/not/exist"));
    Files.setLastModifiedTime(
        tree.resolve("large"), FileTime.from(Instant.parse("2001-02-03T04:05:06.789Z")));
    Files.setLastModifiedTime(
        tree.resolve("a/b"), FileTime.from(Instant.parse("1999-12-31T23:59:59Z")));
    return tree;
  }

  private static Map<String, String> described(Path tree) throws IOException {
    Map<String, String> described = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.toList()) {
        Map<String, Object> of =
            Files.readAttributes(
                path, "unix:mode,nlink,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        String content =
            Files.isSymbolicLink(path)
                ? Files.readSymbolicLink(path).toString()
                : Files.isRegularFile(path)
                    ? java.util.HexFormat.of().formatHex(Files.readAllBytes(path))
                    : "";
        described.put(tree.relativize(path).toString(), of + " " + content.hashCode());
      }
    }
    return described;
  }

  @Test
  void image_freshlyMade_isClean() throws Exception {
    requireClean();
  }

  @Test
  void tree_putAndGot_isTheSame() throws Exception {
    Path tree = tree();
    assertThat(fs("put", "-r", tree, "/").code()).isZero();
    Path copy = folder.resolve("copy");
    assertThat(fs("get", "-r", "/tree", copy).code()).isZero();

    assertThat(described(copy)).isEqualTo(described(tree));
    assertThat(Files.isSameFile(copy.resolve("large"), copy.resolve("a/same"))).isTrue();
    requireClean();
  }

  @Test
  void readingCommands_leaveEveryByteOfTheImage() throws Exception {
    fs("put", "-r", tree(), "/");
    byte[] before = Files.readAllBytes(image);
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("ls", "-laR"),
            List.of("tree", "-a"),
            List.of("cat", "/tree/large"),
            List.of("stat", "/tree/large"),
            List.of("df"),
            List.of("get", "/tree/large", folder.resolve("got")))) {
      assertThat(fs(command.toArray()).code()).as(command.toString()).isZero();
    }
    assertThat(Files.mismatch(image, Files.write(folder.resolve("before"), before))).isEqualTo(-1);
  }

  @Test
  void listing_showsModeLinksSizeAndTime() throws Exception {
    fs("put", "-r", "--owner", "7:8", tree(), "/");
    String listing = fs("ls", "-l", "/tree").out();
    assertThat(listing).containsPattern("-rw.r..r.. 2 7 8 3000001 2001-02-03 04:05 large\n");
    assertThat(listing).contains("nowhere -> /does/not/exist\n");
    assertThat(fs("ls", "/tree").out()).isEqualTo("a\nlarge\nnowhere\n");
    assertThat(fs("ls", "-a", "/tree").out()).startsWith(".\n..\na\n");
    assertThat(fs("ls", "-R", "/tree").out()).contains("/tree/a/b:\n").contains("file-199\n");
    assertThat(fs("stat", "/tree/a/nothing").out())
        .contains("Size: 0 ")
        .contains("Mode: 0440 (-r--r-----)  Owner: 7  Group: 8\n");
    assertThat(fs("cat", "/tree/a/b/file-3", "tree/a/b/file-4").out())
        .isEqualTo("number 3number 4");
    assertThat(fs("tree", "/tree").out()).contains("│   ├── link -> ../large\n");
  }

  @Test
  void names_madeMovedLinkedAndRemoved_areAsTold() throws Exception {
    Path note = Files.writeString(folder.resolve("note"), "text");
    assertThat(fs("mkdir", "-p", "-m", "700", "/x/y").code()).isZero();
    assertThat(fs("put", note, "/x").code()).isZero();
    assertThat(fs("ln", "/x/note", "/x/second").code()).isZero();
    assertThat(fs("ln", "-s", "note", "/x/soft").code()).isZero();
    assertThat(fs("mv", "/x/note", "/x/second", "/x/y").code()).isZero();
    assertThat(fs("ls", "-R", "/x").out()).isEqualTo("/x:\nsoft\ny\n\n/x/y:\nnote\nsecond\n");
    assertThat(fs("cat", "/x/y/second").out()).isEqualTo("text");
    assertThat(fs("stat", "/x/y").out()).contains("0700");
    requireClean();
    assertThat(fs("rm", "-r", "/x").code()).isZero();
    assertThat(fs("ls").out()).isEqualTo("lost+found\n");
    requireClean();
  }

  @Test
  void df_afterPut_showsLessSpace() throws Exception {
    String before = fs("df").out();
    fs("put", "-r", tree(), "/");
    assertThat(fs("df").out()).isNotEqualTo(before).contains("1K-blocks").contains("inodes");
  }

  private static void requireFailure(Run run, int code, String... words) {
    assertThat(run.code()).as(run.toString()).isEqualTo(code);
    assertThat(run.err()).startsWith("sekiso: ").contains(words).doesNotContain("\tat ");
    assertThat(run.err().lines().count()).isEqualTo(code == Main.WRONGLY_CALLED ? 2 : 1);
  }

  @Test
  void errors_areOneLineEach() throws Exception {
    Path tree = tree();
    Path junk = Files.write(folder.resolve("junk.img"), new byte[1 << 20]);
    requireFailure(Run.of("fs", folder.resolve("none.img"), "ls"), 1, "there is no image");
    requireFailure(Run.of("fs", folder, "ls"), 1, "is a directory");
    requireFailure(Run.of("fs", junk, "ls"), 1, "no ext2 file system");
    requireFailure(fs("cat", "/nowhere"), 1, "ENOENT", "/nowhere");
    requireFailure(fs("cat", "/lost+found"), 1, "is a directory");
    requireFailure(fs("mkdir", "/lost+found"), 1, "EEXIST");
    requireFailure(fs("put", tree, "/"), 1, "-r");
    requireFailure(fs("put", folder.resolve("missing"), "/"), 1, "does not exist");
    requireFailure(fs("get", "/lost+found", folder.resolve("lf")), 1, "-r");
    requireFailure(fs("rm", "/lost+found"), 1, "-r");
    requireFailure(fs("rm", "-r", "/"), 1, "root");
    requireFailure(fs(), 2, "say what to do");
    requireFailure(fs("put", tree), 2, "say what to copy");
    requireFailure(fs("mkdir", "-m", "9", "/q"), 2, "no mode");
    requireClean();
  }

  @Test
  void put_ofMoreThanFits_failsAndLeavesACleanImage() throws Exception {
    Path large = Files.write(folder.resolve("too-large"), random(20 << 20));
    requireFailure(fs("put", large, "/"), 1, "too-large to /too-large: ENOSPC");
    assertThat(fs("ls").out()).isEqualTo("lost+found\n");
    requireClean();
  }

  /** A name whose bytes are no UTF-8; Java has no string for it, only a URI. */
  private static Path unspeakable(Path folder) throws IOException {
    String uri = folder.toUri().toString();
    return Path.of(URI.create((uri.endsWith("/") ? uri : uri + "/") + "bad%FF%FEna%C3%BCme"));
  }

  @Test
  void names_thatAreNoUtf8_goBothWaysAsTheyAre() throws Exception {
    Path tree = Files.createDirectory(folder.resolve("raw"));
    Files.writeString(unspeakable(tree), "text");
    Files.createSymbolicLink(tree.resolve("link"), tree.relativize(unspeakable(tree)));
    Path copy = folder.resolve("copy");

    assertThat(fs("put", "-r", tree, "/").err()).isEmpty();
    assertThat(fs("ls", "/raw").out()).isEqualTo("bad\\377\\376naüme\nlink\n");
    assertThat(fs("get", "-r", "/raw", copy).err()).isEmpty();

    assertThat(Files.readString(unspeakable(copy))).isEqualTo("text");
    assertThat(Files.readString(copy.resolve("link"))).isEqualTo("text");
    requireClean();
  }

  @Test
  void names_withControlCharacters_areShownWithoutThem() throws Exception {
    Path odd = Files.writeString(folder.resolve("a\nb\u001b[31m\t"), "text");
    assertThat(fs("put", odd, "/").code()).isZero();
    assertThat(fs("ls").out()).isEqualTo("a\\nb\\033[31m\\t\nlost+found\n");
    assertThat(fs("tree").out()).contains("├── a\\nb\\033[31m\\t\n");
    assertThat(fs("stat", "a\nb\u001b[31m\t").out()).startsWith("  File: /a\\nb\\033[31m\\t\n");
  }

  @Test
  void zeroes_becomeHoles_onBothSides() throws Exception {
    Path sparse = folder.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(sparse, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap("start".getBytes(StandardCharsets.UTF_8)), 0);
      channel.write(ByteBuffer.wrap("middle".getBytes(StandardCharsets.UTF_8)), 20 << 20);
      channel.write(ByteBuffer.wrap(new byte[1]), (40 << 20) - 1);
    }
    Path copy = folder.resolve("copy");

    assertThat(fs("put", sparse, "/").err()).isEmpty();
    assertThat(fs("get", "/sparse", copy).err()).isEmpty();

    assertThat(Files.mismatch(sparse, copy)).isEqualTo(-1);
    Matcher blocks = Pattern.compile("Blocks: (\\d+)").matcher(fs("stat", "/sparse").out());
    assertThat(blocks.find()).isTrue();
    assertThat(Long.parseLong(blocks.group(1))).isLessThan(100);
    requireClean();
  }

  @Test
  void owners_beyondTwoBillion_arePositive() throws Exception {
    Path note = Files.writeString(folder.resolve("note"), "text");
    assertThat(fs("put", "--owner", "4294967294:3000000000", note, "/").code()).isZero();
    assertThat(fs("ls", "-l").out()).containsPattern(" 4294967294 3000000000 +4 ");
    assertThat(fs("stat", "/note").out()).contains("Owner: 4294967294  Group: 3000000000\n");
  }

  @Test
  void times_beforeTheEpoch_areKeptToTheSecond() throws Exception {
    Path note = Files.writeString(folder.resolve("note"), "text");
    Files.setLastModifiedTime(note, FileTime.from(Instant.parse("1955-11-05T06:15:00Z")));
    assertThat(fs("put", note, "/").code()).isZero();
    Path copy = folder.resolve("copy");
    assertThat(fs("get", "/note", copy).code()).isZero();
    assertThat(Files.getLastModifiedTime(copy).toInstant()).isEqualTo("1955-11-05T06:15:00Z");
  }

  @Test
  void oneOfSeveralNames_failing_costsTheOthersNothing() throws Exception {
    Path note = Files.writeString(folder.resolve("note"), "text");
    assertThat(fs("put", folder.resolve("missing"), note, "/").code()).isEqualTo(1);
    Run cat = fs("cat", "/nowhere", "/note");
    requireFailure(cat, 1, "/nowhere");
    assertThat(cat.out()).isEqualTo("text");
    Run ls = fs("ls", "/nowhere", "/note");
    requireFailure(ls, 1, "/nowhere");
    assertThat(ls.out()).isEqualTo("/note\n");
    requireFailure(fs("rm", "/nowhere", "/note"), 1, "/nowhere");
    assertThat(fs("ls").out()).isEqualTo("lost+found\n");
  }

  @Test
  void cat_ofWhatIsNoFile_saysWhatItIs() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "mkfifo is not installed");
    Path fifo = folder.resolve("fifo");
    assertThat(new ProcessBuilder("/usr/bin/mkfifo", fifo.toString()).start().waitFor()).isZero();
    assertThat(fs("put", fifo, "/").code()).isZero();
    requireFailure(fs("cat", "/fifo"), 1, "is a fifo");
    requireFailure(fs("cat", "/lost+found"), 1, "is a directory", "ls");
  }

  @Test
  void help_ofACommand_needsNoImage() {
    assertThat(Run.ok("fs", "ls", "--help").out()).startsWith("Usage: sekiso fs IMAGE ls [");
    requireFailure(Run.of("fs", "ls"), 2, "name the image first");
    requireFailure(Run.of("fs"), 2, "name the image first");
  }

  @Test
  void image_ofAnUnknownFeature_isRefusedByItsName() throws Exception {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {0x42}), 1024 + 96); // s_feature_incompat
    }
    Run run = fs("ls");
    requireFailure(run, 1, "extent (0x40)");
    assertThat(run.err()).doesNotContain("e2fsck", "mkfs");
  }
}
