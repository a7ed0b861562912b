package dev.sekiso.lab.job;

import java.util.Locale;

/** How a job does its I/O (fio's {@code ioengine}). */
public enum IoEngine {
  /** {@code lseek} and {@code read} or {@code write}. */
  SYNC,
  /** {@code pread} or {@code pwrite}. */
  PSYNC,
  /** {@code aio_read} and {@code aio_write}, up to {@code iodepth} in flight. */
  POSIXAIO;

  /** The word in a job file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
