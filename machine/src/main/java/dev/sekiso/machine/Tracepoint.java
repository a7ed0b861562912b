package dev.sekiso.machine;

import java.util.List;

/**
 * A named place in a layer that tells what happens there, with the kernel's name and fields, such
 * as {@code readahead:page_cache_sync_ra(ino, index, req_count, size, async_size)}.
 *
 * @param system the kernel's trace system ({@code "block"}, {@code "filemap"}, …)
 * @param name the event's name within the system
 * @param fields the names of the values an event carries, in order
 */
public record Tracepoint(String system, String name, List<String> fields) {

  public static Tracepoint of(String system, String name, String... fields) {
    return new Tracepoint(system, name, List.of(fields));
  }

  @Override
  public String toString() {
    return system + ":" + name;
  }
}
