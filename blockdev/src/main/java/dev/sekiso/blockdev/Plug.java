package dev.sekiso.blockdev;

/**
 * Holds back a task's bios so that neighbours can be merged before they reach the queue (the
 * kernel's {@code struct blk_plug}). Opened around a batch of submissions:
 *
 * <pre>{@code
 * try (Plug plug = device.plug()) {
 *   device.submit(first);
 *   device.submit(second);
 * }
 * }</pre>
 *
 * <p>The plug empties itself when it is closed, when it holds as many requests as its limit, when
 * its last request has grown large, and when the task is about to wait. Opening one inside another
 * does nothing: the outermost counts ({@code blk_start_plug}).
 */
public interface Plug extends AutoCloseable {

  @Override
  void close();
}
