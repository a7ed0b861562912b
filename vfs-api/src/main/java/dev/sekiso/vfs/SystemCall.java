package dev.sekiso.vfs;

import dev.sekiso.machine.Tracepoint;
import java.util.Arrays;

/**
 * The calls as tracepoints know them: {@code syscalls:sys_enter_NAME} with the call's arguments and
 * {@code syscalls:sys_exit_NAME} with what it returned, a negative error number when it failed.
 * Where the kernel has a descriptor there is the file's path here.
 */
@SuppressWarnings("ImmutableEnumChecker") // a tracepoint copies its list
enum SystemCall {
  OPEN("openat", "filename", "flags", "mode"),
  CLOSE("close", "fd"),
  READ("read", "fd", "count"),
  WRITE("write", "fd", "count"),
  PREAD("pread64", "fd", "count", "pos"),
  PWRITE("pwrite64", "fd", "count", "pos"),
  READV("preadv2", "fd", "vlen", "pos", "flags"),
  WRITEV("pwritev2", "fd", "vlen", "pos", "flags"),
  LSEEK("lseek", "fd", "offset", "whence"),
  TRUNCATE("truncate", "path", "length"),
  FTRUNCATE("ftruncate", "fd", "length"),
  FALLOCATE("fallocate", "fd", "mode", "offset", "len"),
  STAT("newfstatat", "filename", "flag"),
  FSTAT("newfstat", "fd"),
  STATFS("statfs", "pathname"),
  FSTATFS("fstatfs", "fd"),
  ACCESS("faccessat2", "filename", "mode", "flags"),
  MKDIR("mkdirat", "pathname", "mode"),
  RMDIR("rmdir", "pathname"),
  MKNOD("mknodat", "filename", "mode", "dev"),
  LINK("linkat", "oldname", "newname", "flags"),
  SYMLINK("symlinkat", "oldname", "newname"),
  READLINK("readlinkat", "pathname"),
  UNLINK("unlinkat", "pathname"),
  RENAME("renameat2", "oldname", "newname", "flags"),
  GETDENTS("getdents64", "fd", "count"),
  CHMOD("fchmodat", "filename", "mode"),
  FCHMOD("fchmod", "fd", "mode"),
  CHOWN("fchownat", "filename", "user", "group", "flag"),
  FCHOWN("fchown", "fd", "user", "group"),
  UTIMENSAT("utimensat", "filename", "atime", "mtime", "flags"),
  FSYNC("fsync", "fd"),
  FDATASYNC("fdatasync", "fd"),
  SYNC("sync"),
  SYNCFS("syncfs", "fd"),
  SYNC_FILE_RANGE("sync_file_range", "fd", "offset", "nbytes", "flags"),
  IOCTL("ioctl", "fd", "cmd", "arg"),
  FADVISE("fadvise64", "fd", "offset", "len", "advice"),
  READAHEAD("readahead", "fd", "offset", "count"),
  MMAP("mmap", "fd", "off", "len", "prot", "flags"),
  MOUNT("mount", "dev_name", "dir_name", "type", "flags", "data"),
  UMOUNT("umount", "name");

  private final Tracepoint enter;
  private final Tracepoint exit;

  SystemCall(String name, String... arguments) {
    this.enter = new Tracepoint("syscalls", "sys_enter_" + name, Arrays.asList(arguments));
    this.exit = Tracepoint.of("syscalls", "sys_exit_" + name, "ret");
  }

  Tracepoint enter() {
    return enter;
  }

  Tracepoint exit() {
    return exit;
  }
}
