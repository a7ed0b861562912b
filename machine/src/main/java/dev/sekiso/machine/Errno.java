package dev.sekiso.machine;

/**
 * Linux's error numbers on x86-64 and every other architecture that uses the generic table ({@code
 * include/uapi/asm-generic/errno-base.h} and {@code errno.h}).
 *
 * <p>A number has one constant here. The kernel's second names are fields: {@link #EWOULDBLOCK},
 * {@link #EDEADLOCK}, and the C library's {@link #ENOTSUP}.
 */
public enum Errno {
  /** Operation not permitted to this user. */
  EPERM(1, "operation not permitted to this user"),
  /** No such file or directory. */
  ENOENT(2, "no such file or directory"),
  /** No such process. */
  ESRCH(3, "no such process"),
  /** Interrupted by a signal. */
  EINTR(4, "interrupted by a signal"),
  /** The device failed to transfer data. */
  EIO(5, "the device failed to transfer data"),
  /** No such device or address. */
  ENXIO(6, "no such device or address"),
  /** Argument list too long. */
  E2BIG(7, "argument list too long"),
  /** Not an executable format. */
  ENOEXEC(8, "not an executable format"),
  /** Not an open file, or not open for this access. */
  EBADF(9, "not an open file, or not open for this access"),
  /** No child process. */
  ECHILD(10, "no child process"),
  /** Would have to wait, try again. */
  EAGAIN(11, "would have to wait, try again"),
  /** Out of memory, or an address range is not mapped. */
  ENOMEM(12, "out of memory, or an address range is not mapped"),
  /** Permission bits deny access. */
  EACCES(13, "permission bits deny access"),
  /** Bad memory address. */
  EFAULT(14, "bad memory address"),
  /** Block device required. */
  ENOTBLK(15, "block device required"),
  /** In use. */
  EBUSY(16, "in use"),
  /** Exists already. */
  EEXIST(17, "exists already"),
  /** Crosses a mount point. */
  EXDEV(18, "crosses a mount point"),
  /** No such device, or the device lacks the operation. */
  ENODEV(19, "no such device, or the device lacks the operation"),
  /** A path component is no directory. */
  ENOTDIR(20, "a path component is no directory"),
  /** Is a directory. */
  EISDIR(21, "is a directory"),
  /** Invalid argument. */
  EINVAL(22, "invalid argument"),
  /** Too many open files in the system. */
  ENFILE(23, "too many open files in the system"),
  /** Too many open files in this process. */
  EMFILE(24, "too many open files in this process"),
  /** Control operation not supported by this file. */
  ENOTTY(25, "control operation not supported by this file"),
  /** Executable is in use. */
  ETXTBSY(26, "executable is in use"),
  /** Beyond the largest file size. */
  EFBIG(27, "beyond the largest file size"),
  /** No space left on the device. */
  ENOSPC(28, "no space left on the device"),
  /** Cannot seek. */
  ESPIPE(29, "cannot seek"),
  /** File system is mounted read-only. */
  EROFS(30, "file system is mounted read-only"),
  /** Too many links. */
  EMLINK(31, "too many links"),
  /** Nobody reads from the pipe. */
  EPIPE(32, "nobody reads from the pipe"),
  /** Argument outside the function's domain. */
  EDOM(33, "argument outside the function's domain"),
  /** Result not representable. */
  ERANGE(34, "result not representable"),
  /** Would deadlock. */
  EDEADLK(35, "would deadlock"),
  /** Name too long. */
  ENAMETOOLONG(36, "name too long"),
  /** No record locks available. */
  ENOLCK(37, "no record locks available"),
  /** Call not implemented. */
  ENOSYS(38, "call not implemented"),
  /** Directory not empty. */
  ENOTEMPTY(39, "directory not empty"),
  /** Too many symbolic links on the path. */
  ELOOP(40, "too many symbolic links on the path"),
  /** No message of that type. */
  ENOMSG(42, "no message of that type"),
  /** Identifier removed. */
  EIDRM(43, "identifier removed"),
  /** Channel number out of range. */
  ECHRNG(44, "channel number out of range"),
  /** Level 2 not synchronized. */
  EL2NSYNC(45, "level 2 not synchronized"),
  /** Level 3 halted. */
  EL3HLT(46, "level 3 halted"),
  /** Level 3 reset. */
  EL3RST(47, "level 3 reset"),
  /** Link number out of range. */
  ELNRNG(48, "link number out of range"),
  /** Protocol driver not attached. */
  EUNATCH(49, "protocol driver not attached"),
  /** No CSI structure available. */
  ENOCSI(50, "no CSI structure available"),
  /** Level 2 halted. */
  EL2HLT(51, "level 2 halted"),
  /** Invalid exchange. */
  EBADE(52, "invalid exchange"),
  /** Invalid request descriptor. */
  EBADR(53, "invalid request descriptor"),
  /** Exchange full. */
  EXFULL(54, "exchange full"),
  /** No anode. */
  ENOANO(55, "no anode"),
  /** Invalid request code. */
  EBADRQC(56, "invalid request code"),
  /** Invalid slot. */
  EBADSLT(57, "invalid slot"),
  /** Bad font file format. */
  EBFONT(59, "bad font file format"),
  /** Not a stream device. */
  ENOSTR(60, "not a stream device"),
  /** No data, or no such extended attribute. */
  ENODATA(61, "no data, or no such extended attribute"),
  /** Timer expired. */
  ETIME(62, "timer expired"),
  /** Out of stream resources. */
  ENOSR(63, "out of stream resources"),
  /** Not on the network. */
  ENONET(64, "not on the network"),
  /** Package not installed. */
  ENOPKG(65, "package not installed"),
  /** Object is remote. */
  EREMOTE(66, "object is remote"),
  /** Link severed, or target not reachable for now. */
  ENOLINK(67, "link severed, or target not reachable for now"),
  /** Advertise error. */
  EADV(68, "advertise error"),
  /** Remote mount error. */
  ESRMNT(69, "remote mount error"),
  /** Communication error on send. */
  ECOMM(70, "communication error on send"),
  /** Protocol error. */
  EPROTO(71, "protocol error"),
  /** Multihop attempted. */
  EMULTIHOP(72, "multihop attempted"),
  /** Remote file sharing error. */
  EDOTDOT(73, "remote file sharing error"),
  /** Bad message, or a checksum does not match. */
  EBADMSG(74, "bad message, or a checksum does not match"),
  /** Value too large for its type. */
  EOVERFLOW(75, "value too large for its type"),
  /** Name not unique on the network. */
  ENOTUNIQ(76, "name not unique on the network"),
  /** File descriptor in bad state. */
  EBADFD(77, "file descriptor in bad state"),
  /** Remote address changed. */
  EREMCHG(78, "remote address changed"),
  /** Shared library not accessible. */
  ELIBACC(79, "shared library not accessible"),
  /** Shared library corrupted. */
  ELIBBAD(80, "shared library corrupted"),
  /** Library section in the executable corrupted. */
  ELIBSCN(81, "library section in the executable corrupted"),
  /** Too many shared libraries. */
  ELIBMAX(82, "too many shared libraries"),
  /** Shared library cannot be executed. */
  ELIBEXEC(83, "shared library cannot be executed"),
  /** Illegal byte sequence. */
  EILSEQ(84, "illegal byte sequence"),
  /** Interrupted call should be restarted. */
  ERESTART(85, "interrupted call should be restarted"),
  /** Streams pipe error. */
  ESTRPIPE(86, "streams pipe error"),
  /** Too many users. */
  EUSERS(87, "too many users"),
  /** Not a socket. */
  ENOTSOCK(88, "not a socket"),
  /** Destination address required. */
  EDESTADDRREQ(89, "destination address required"),
  /** Message too long. */
  EMSGSIZE(90, "message too long"),
  /** Wrong protocol type for the socket. */
  EPROTOTYPE(91, "wrong protocol type for the socket"),
  /** Protocol option not available. */
  ENOPROTOOPT(92, "protocol option not available"),
  /** Protocol not supported. */
  EPROTONOSUPPORT(93, "protocol not supported"),
  /** Socket type not supported. */
  ESOCKTNOSUPPORT(94, "socket type not supported"),
  /** Operation not supported by this file or file system. */
  EOPNOTSUPP(95, "operation not supported by this file or file system"),
  /** Protocol family not supported. */
  EPFNOSUPPORT(96, "protocol family not supported"),
  /** Address family not supported. */
  EAFNOSUPPORT(97, "address family not supported"),
  /** Address in use. */
  EADDRINUSE(98, "address in use"),
  /** Address not available. */
  EADDRNOTAVAIL(99, "address not available"),
  /** Network is down. */
  ENETDOWN(100, "network is down"),
  /** Network unreachable. */
  ENETUNREACH(101, "network unreachable"),
  /** Network reset the connection. */
  ENETRESET(102, "network reset the connection"),
  /** Connection aborted. */
  ECONNABORTED(103, "connection aborted"),
  /** Connection reset by the peer. */
  ECONNRESET(104, "connection reset by the peer"),
  /** No buffer space. */
  ENOBUFS(105, "no buffer space"),
  /** Already connected. */
  EISCONN(106, "already connected"),
  /** Not connected. */
  ENOTCONN(107, "not connected"),
  /** Shut down already. */
  ESHUTDOWN(108, "shut down already"),
  /** Too many references. */
  ETOOMANYREFS(109, "too many references"),
  /** Timed out. */
  ETIMEDOUT(110, "timed out"),
  /** Connection refused. */
  ECONNREFUSED(111, "connection refused"),
  /** Host is down. */
  EHOSTDOWN(112, "host is down"),
  /** No route to host. */
  EHOSTUNREACH(113, "no route to host"),
  /** In progress already. */
  EALREADY(114, "in progress already"),
  /** Now in progress. */
  EINPROGRESS(115, "now in progress"),
  /** Stale file handle. */
  ESTALE(116, "stale file handle"),
  /** File-system structure needs cleaning. */
  EUCLEAN(117, "file-system structure needs cleaning"),
  /** Not a XENIX named type file. */
  ENOTNAM(118, "not a XENIX named type file"),
  /** No XENIX semaphores available. */
  ENAVAIL(119, "no XENIX semaphores available"),
  /** Is a named type file. */
  EISNAM(120, "is a named type file"),
  /** Remote I/O error. */
  EREMOTEIO(121, "remote I/O error"),
  /** Disk quota exceeded. */
  EDQUOT(122, "disk quota exceeded"),
  /** No medium in the drive. */
  ENOMEDIUM(123, "no medium in the drive"),
  /** Wrong medium type. */
  EMEDIUMTYPE(124, "wrong medium type"),
  /** Cancelled before it was done. */
  ECANCELED(125, "cancelled before it was done"),
  /** Required key not available. */
  ENOKEY(126, "required key not available"),
  /** Key has expired. */
  EKEYEXPIRED(127, "key has expired"),
  /** Key was revoked. */
  EKEYREVOKED(128, "key was revoked"),
  /** Key was rejected by the service. */
  EKEYREJECTED(129, "key was rejected by the service"),
  /** Owner of the lock died. */
  EOWNERDEAD(130, "owner of the lock died"),
  /** State not recoverable. */
  ENOTRECOVERABLE(131, "state not recoverable"),
  /** Switched off by the radio kill switch. */
  ERFKILL(132, "switched off by the radio kill switch"),
  /** Memory page has a hardware error. */
  EHWPOISON(133, "memory page has a hardware error");

  /** The largest number an error may have in the kernel ({@code MAX_ERRNO}). */
  public static final int MAX_NUMBER = 4095;

  /** The call would have to wait: the same number as {@link #EAGAIN}. */
  public static final Errno EWOULDBLOCK = EAGAIN;

  /** A lock would deadlock: the same number as {@link #EDEADLK}. */
  public static final Errno EDEADLOCK = EDEADLK;

  /** Not supported: the same number as {@link #EOPNOTSUPP}. */
  public static final Errno ENOTSUP = EOPNOTSUPP;

  private static final Errno[] BY_NUMBER = byNumber();

  private final int number;
  private final String description;

  Errno(int number, String description) {
    this.number = number;
    this.description = description;
  }

  /** The positive number that a failed system call leaves in {@code errno}. */
  public int number() {
    return number;
  }

  /** What the error means, in a few words. */
  public String description() {
    return description;
  }

  /**
   * The error with this number.
   *
   * @param number positive, as in {@code errno}
   * @throws IllegalArgumentException when Linux has no such error
   */
  public static Errno of(int number) {
    Errno errno = number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    if (errno == null) {
      throw new IllegalArgumentException("Linux has no error number " + number);
    }
    return errno;
  }

  private static Errno[] byNumber() {
    Errno[] all = values();
    Errno[] table = new Errno[all[all.length - 1].number + 1];
    for (Errno errno : all) {
      table[errno.number] = errno;
    }
    return table;
  }
}
