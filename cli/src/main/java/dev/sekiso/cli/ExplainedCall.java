package dev.sekiso.cli;

import dev.sekiso.aio.AioControlBlock;
import dev.sekiso.aio.AioOperation;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.TimeChange;
import dev.sekiso.vfs.Vfs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The calls that {@code explain} can tell of: what has to be there before, and the call itself.
 *
 * <p>All find a regular file {@code /file} of the size asked for, open for reading and writing, a
 * second one {@code /other}, an empty directory {@code /empty} and a link {@code /link}. {@code
 * load} and {@code store} are what a program does with memory that it has mapped.
 */
enum ExplainedCall {
  READ("read", scene -> scene.vfs().read(scene.file(), scene.data())),
  PREAD("pread", scene -> scene.vfs().pread(scene.file(), scene.data(), scene.offset())),
  READV("readv", scene -> scene.vfs().readv(scene.file(), scene.halves())),
  WRITE("write", scene -> scene.vfs().write(scene.file(), scene.data())),
  PWRITE("pwrite", scene -> scene.vfs().pwrite(scene.file(), scene.data(), scene.offset())),
  WRITEV("writev", scene -> scene.vfs().writev(scene.file(), scene.halves())),
  FSYNC("fsync", Before.DIRTY, scene -> scene.done(scene.vfs()::fsync)),
  FDATASYNC("fdatasync", Before.DIRTY, scene -> scene.done(scene.vfs()::fdatasync)),
  SYNC_FILE_RANGE(
      "sync_file_range",
      Before.DIRTY,
      scene ->
          scene.done(file ->
              scene.vfs().syncFileRange(file, scene.offset(), scene.length(), scene.flags()))),
  SYNCFS("syncfs", Before.DIRTY, scene -> scene.done(scene.vfs()::syncfs)),
  SYNC("sync", Before.DIRTY, scene -> scene.done(file -> scene.vfs().sync())),
  READAHEAD(
      "readahead",
      scene -> scene.done(file -> scene.vfs().readahead(file, scene.offset(), scene.length()))),
  FADVISE(
      "fadvise",
      scene ->
          scene.done(
              file -> scene.vfs().fadvise(file, scene.offset(), scene.length(), scene.advice()))),
  AIO_READ(
      "aio_read",
      scene -> {
        var block = AioControlBlock.read(scene.file(), scene.data(), scene.offset());
        scene.aio().read(block);
        return finish(scene.aio(), block);
      }),
  AIO_WRITE(
      "aio_write",
      scene -> {
        var block = AioControlBlock.write(scene.file(), scene.data(), scene.offset());
        scene.aio().write(block);
        return finish(scene.aio(), block);
      }),
  AIO_FSYNC(
      "aio_fsync",
      Before.DIRTY,
      scene -> {
        var block = AioControlBlock.sync(scene.file(), AioOperation.SYNC);
        scene.aio().fsync(block);
        return finish(scene.aio(), block);
      }),
  MMAP("mmap", scene -> scene.map()),
  LOAD("load", Before.MAPPED, scene -> scene.mapping().getByte(0)),
  STORE(
      "store",
      Before.MAPPED,
      scene -> {
        scene.store();
        return 0;
      }),
  MSYNC("msync", Before.STORED, scene -> scene.mapped(m -> m.sync(scene.flags()))),
  MADVISE("madvise", Before.MAPPED, scene -> scene.mapped(m -> m.advise(scene.advice()))),
  MPROTECT(
      "mprotect",
      Before.STORED,
      scene ->
          scene.mapped(
              m -> scene.memory().map().mprotect(m.address(), m.length(), MapFlags.PROT_READ))),
  MREMAP(
      "mremap",
      Before.STORED,
      scene ->
          scene
              .memory()
              .map()
              .mremap(
                  scene.mapping().address(),
                  scene.mapping().length(),
                  2 * scene.mapping().length(),
                  MapFlags.MREMAP_MAYMOVE,
                  0)
              .address()),
  REMAP_FILE_PAGES(
      "remap_file_pages",
      Before.MAPPED,
      scene ->
          scene.mapped(m -> scene.memory().map().remapFilePages(m.address(), m.length(), 0, 0, 0))),
  MINCORE(
      "mincore",
      Before.MAPPED,
      scene ->
          scene.mapped(m -> {
            var unused = scene.memory().map().mincore(m.address(), m.length());
          })),
  MLOCK(
      "mlock",
      Before.MAPPED,
      scene -> scene.mapped(m -> scene.memory().map().mlock(m.address(), m.length()))),
  MUNMAP(
      "munmap",
      Before.STORED,
      scene -> scene.mapped(m -> scene.memory().map().munmap(m.address(), m.length()))),
  OPEN("open", scene -> scene.done(file -> scene.keep(scene.vfs().open(ExplainScene.OTHER)))),
  CREAT(
      "creat",
      scene ->
          scene.done(file ->
              scene.keep(
                  scene
                      .vfs()
                      .open(
                          "/made",
                          0644,
                          OpenFlag.CREATE,
                          OpenFlag.WRITE_ONLY,
                          OpenFlag.TRUNCATE)))),
  CLOSE("close", scene -> scene.done(file -> scene.closeOther())),
  LSEEK("lseek", scene -> scene.vfs().lseek(scene.file(), scene.offset(), SeekFrom.START)),
  STAT("stat", scene -> scene.done(file -> scene.vfs().stat(ExplainScene.OTHER))),
  FSTAT("fstat", scene -> scene.done(file -> scene.vfs().fstat(file))),
  STATFS("statfs", scene -> scene.vfs().statfs("/").blockSize()),
  ACCESS(
      "access", scene -> scene.done(file -> scene.vfs().access(ExplainScene.OTHER, Vfs.MAY_READ))),
  TRUNCATE(
      "truncate",
      scene -> scene.done(file -> scene.vfs().truncate(ExplainScene.OTHER, scene.offset()))),
  FTRUNCATE("ftruncate", scene -> scene.done(file -> scene.vfs().ftruncate(file, scene.offset()))),
  MKDIR("mkdir", scene -> scene.done(file -> scene.vfs().mkdir("/made", 0755))),
  RMDIR("rmdir", scene -> scene.done(file -> scene.vfs().rmdir(ExplainScene.EMPTY))),
  GETDENTS(
      "getdents",
      scene -> scene.vfs().getdents(scene.directory(), ExplainScene.ENTRIES_AT_ONCE).size()),
  LINK("link", scene -> scene.done(file -> scene.vfs().link(ExplainScene.OTHER, "/made"))),
  SYMLINK("symlink", scene -> scene.done(file -> scene.vfs().symlink("other", "/made"))),
  READLINK("readlink", scene -> scene.vfs().readlink(ExplainScene.LINK).length()),
  RENAME("rename", scene -> scene.done(file -> scene.vfs().rename(ExplainScene.OTHER, "/made"))),
  UNLINK("unlink", scene -> scene.done(file -> scene.vfs().unlink(ExplainScene.OTHER))),
  CHMOD("chmod", scene -> scene.done(file -> scene.vfs().chmod(ExplainScene.OTHER, 0600))),
  CHOWN("chown", scene -> scene.done(file -> scene.vfs().chown(ExplainScene.OTHER, 1000, 1000))),
  UTIMENSAT(
      "utimensat",
      scene ->
          scene.done(
              file -> scene.vfs().utimens(ExplainScene.OTHER, TimeChange.NOW, TimeChange.NOW)));

  /** What has to be the case before the call. */
  enum Before {
    NOTHING,
    /** The file's bytes have been written over and are dirty. */
    DIRTY,
    /** The file's bytes are mapped, shared, and not touched yet. */
    MAPPED,
    /** As {@link #MAPPED}, and each page has been stored to through the mapping. */
    STORED
  }

  /** Whether the call is told what to do by {@code --flags}. */
  boolean takesFlags() {
    return this == SYNC_FILE_RANGE || this == MSYNC;
  }

  /** Whether the call is told what to expect by {@code --advice}. */
  boolean takesAdvice() {
    return this == FADVISE || this == MADVISE;
  }

  /** Whether the file is mapped when the call comes. */
  boolean needsMapping() {
    return before == Before.MAPPED || before == Before.STORED;
  }

  /** The call; what it returns. */
  @FunctionalInterface
  interface Body {
    long run(ExplainScene scene) throws ErrnoException;
  }

  private final String word;
  private final Before before;

  @SuppressWarnings("ImmutableEnumChecker") // the bodies hold nothing
  private final Body body;

  ExplainedCall(String word, Body body) {
    this(word, Before.NOTHING, body);
  }

  ExplainedCall(String word, Before before, Body body) {
    this.word = word;
    this.before = before;
    this.body = body;
  }

  /** The name on the command line. */
  String word() {
    return word;
  }

  Before before() {
    return before;
  }

  long run(ExplainScene scene) throws ErrnoException {
    return body.run(scene);
  }

  /** The names of all, for messages. */
  static String words() {
    return Arrays.stream(values()).map(ExplainedCall::word).collect(Collectors.joining(", "));
  }

  private static int finish(PosixAio aio, AioControlBlock block) throws ErrnoException {
    aio.suspend(List.of(block));
    Errno errno = aio.error(block);
    int result = aio.result(block);
    if (errno != null) {
      throw new ErrnoException(errno, block + " failed");
    }
    return result;
  }
}
