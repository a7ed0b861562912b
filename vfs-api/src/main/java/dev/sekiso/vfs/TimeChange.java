package dev.sekiso.vfs;

import java.util.Objects;

/** What {@code utimensat(2)} does to one of a file's times. */
public sealed interface TimeChange {

  /** To the time of the call ({@code UTIME_NOW}); whoever may write the file may do it. */
  TimeChange NOW = new Now();

  /** Left alone ({@code UTIME_OMIT}). */
  TimeChange OMIT = new Omit();

  /** To a given time; the owner's and the super user's right. */
  static TimeChange to(Timestamp time) {
    return new To(time);
  }

  /** See {@link #NOW}. */
  record Now() implements TimeChange {}

  /** See {@link #OMIT}. */
  record Omit() implements TimeChange {}

  /** See {@link #to}. */
  record To(Timestamp time) implements TimeChange {
    public To {
      Objects.requireNonNull(time, "time");
    }
  }
}
