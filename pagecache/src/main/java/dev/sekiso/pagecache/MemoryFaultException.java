package dev.sekiso.pagecache;

/**
 * A use of memory that the kernel would answer with a signal. Unchecked, as the signal is: it can
 * come from any load or store.
 */
public final class MemoryFaultException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Which signal it would be. */
  public enum Signal {
    /** The address is not mapped, or not for this kind of use (SIGSEGV). */
    SEGV,
    /** The file has no such page, or it cannot be read, or has no room for a store (SIGBUS). */
    BUS,
    /** No memory can be had: what the out-of-memory killer would do (SIGKILL). */
    KILL
  }

  private final Signal signal;
  private final long address;

  MemoryFaultException(Signal signal, long address, String message, Throwable cause) {
    super("SIG%s at 0x%x: %s".formatted(signal, address, message), cause);
    this.signal = signal;
    this.address = address;
  }

  public Signal signal() {
    return signal;
  }

  /** The address that could not be used ({@code si_addr}). */
  public long address() {
    return address;
  }
}
