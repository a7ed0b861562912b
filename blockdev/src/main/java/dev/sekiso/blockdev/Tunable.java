package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * A setting of a live device, with the name it has under {@code /sys/block/…/queue}.
 *
 * @param name the kernel's name
 * @param unit what it counts
 * @param description what it trades
 * @param least smallest value taken
 * @param most largest value taken
 */
public record Tunable(
    String name,
    String unit,
    String description,
    long least,
    long most,
    LongSupplier reader,
    LongConsumer writer) {

  public Tunable {
    Objects.requireNonNull(reader, "reader");
    Objects.requireNonNull(writer, "writer");
  }

  public long get() {
    return reader.getAsLong();
  }

  /** Changes it on the running device; EINVAL when the value is out of range. */
  public void set(long value) throws ErrnoException {
    if (value < least || value > most) {
      throw new ErrnoException(
          Errno.EINVAL, "%s is %d to %d %s, not %d".formatted(name, least, most, unit, value));
    }
    writer.accept(value);
  }
}
