package dev.sekiso.machine;

/**
 * Per-task limits ({@code setrlimit(2)}).
 *
 * @param fileSize RLIMIT_FSIZE: largest size in bytes to which the task may extend a file
 * @param openFiles RLIMIT_NOFILE: open files at one time
 * @param lockedMemory RLIMIT_MEMLOCK in bytes
 */
public record ResourceLimits(long fileSize, long openFiles, long lockedMemory) {

  public static final ResourceLimits UNLIMITED =
      new ResourceLimits(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  public ResourceLimits withFileSize(long bytes) {
    return new ResourceLimits(bytes, openFiles, lockedMemory);
  }
}
