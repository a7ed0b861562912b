package dev.sekiso.cli;

import dev.sekiso.filesystems.ext2.Ext2Format;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * Makes an image with an empty ext2.
 *
 * <p>The image is made beside its place and moved there when it is whole and durable: a failure
 * leaves what was there before.
 */
@Command(
    name = "mkfs",
    description = {
      "Makes an image file with an empty ext2 on it.",
      "",
      "An image that holds anything but zeroes is left alone unless --force is given."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso mkfs disk.img 64m",
      "  sekiso mkfs disk.img 1g --block-size 4k --label data",
      "  sekiso mkfs disk.img 64m --inode-ratio 1k --reserved 0 --force"
    })
final class MkfsCommand implements Callable<Integer> {

  private static final int SECTOR = 512;
  private static final int CHUNK = 1 << 20;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "The file to make.")
  private Path image;

  @Parameters(
      index = "1",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description = "Its size: bytes, or a number with k, m, g or t (powers of 1024).")
  private ByteSize size;

  @Option(
      names = {"-b", "--block-size"},
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      description = "Block size: 1k, 2k or 4k; by default as fits the size.")
  private ByteSize blockSize = new ByteSize(0);

  @Option(
      names = {"-L", "--label"},
      paramLabel = "NAME",
      description = "Volume name, at most 16 bytes.")
  private String label = "";

  @Option(
      names = {"-i", "--inode-ratio"},
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      description = "One inode for so many bytes, 1k to 64m; by default as fits the size.")
  private ByteSize inodeRatio = new ByteSize(0);

  @Option(
      names = {"-N", "--inodes"},
      paramLabel = "COUNT",
      description = "Number of inodes, instead of a ratio.")
  private long inodes;

  @Option(
      names = {"-I", "--inode-size"},
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      description = "Bytes of an inode, a power of two from 128; 256 by default.")
  private ByteSize inodeSize = new ByteSize(0);

  @Option(
      names = {"-m", "--reserved"},
      paramLabel = "PERCENT",
      description =
          "Share of the blocks kept for the super user, 0 to 50; ${DEFAULT-VALUE} by default.")
  private int reserved = 5;

  @Option(
      names = {"-U", "--uuid"},
      paramLabel = "UUID",
      description = "Identity of the file system; random by default.")
  private UUID uuid;

  @Option(
      names = "--every-group",
      description = "Keep copies of the super block in every group, not only in some.")
  private boolean everyGroup;

  @Option(
      names = {"-f", "--force"},
      description = "Overwrite an image that is not blank.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    Ext2Format format = format();
    Path named = image;
    if (Files.exists(image)) {
      image = image.toRealPath();
      requireReplaceable(named);
    } else if (Files.exists(image, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandException(image + " is a link that leads nowhere; remove it first");
    }
    Path folder = image.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new NoSuchFileException(String.valueOf(folder));
    }
    Path made = folder.resolve("." + image.getFileName() + "." + UUID.randomUUID() + ".new");
    try {
      write(format, made);
      keepPermissions(made);
      Files.move(made, image, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(made);
    }
    main.out().println(named + ": an empty ext2 of " + ByteSize.text(size.bytes()));
    return 0;
  }

  private Ext2Format format() {
    try {
      if (size.bytes() < SECTOR || size.bytes() % SECTOR != 0) {
        throw new IllegalArgumentException(
            "size must be a positive multiple of 512 bytes, is " + size.bytes());
      }
      return Ext2Format.DEFAULT
          .withBlockSize(number("block size", blockSize))
          .withLabel(label)
          .withBytesPerInode(inodeRatio.bytes())
          .withInodes(inodes)
          .withInodeSize(number("inode size", inodeSize))
          .withReservedPercent(reserved)
          .withUuid(uuid)
          .withBackups(everyGroup ? Ext2Format.Backups.EVERY_GROUP : Ext2Format.Backups.SPARSE)
          .withTables(Ext2Format.Tables.ZEROED);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static int number(String what, ByteSize size) {
    if (size.bytes() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(what + " must be at most 4096 bytes, is " + size.bytes());
    }
    return (int) size.bytes();
  }

  private void requireReplaceable(Path named) throws IOException {
    if (!Files.isRegularFile(image)) {
      throw new CommandException(named + " is no regular file; name one, or one to make");
    }
    if (!force && !isBlank()) {
      throw new CommandException(
          named + " is not blank; give --force to overwrite all that is on it");
    }
  }

  private boolean isBlank() throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(image)) {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        for (int i = 0; i < count; i++) {
          if (chunk[i] != 0) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private void write(Ext2Format format, Path made) throws IOException {
    String create = Long.toString(size.bytes());
    try (StorageStack stack =
        StorageStack.builder()
            .device(Image.address(made, Map.of("create", create)))
            .fileSystem("none")
            .build()) {
      format.write(stack.machine(), stack.devices().values().iterator().next());
    }
  }

  private void keepPermissions(Path made) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(made, PosixFileAttributeView.class);
    if (view != null && Files.exists(image)) {
      view.setPermissions(Files.getPosixFilePermissions(image));
    }
  }
}
