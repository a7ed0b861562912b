package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TraceEvent;
import dev.sekiso.pagecache.Recordings.Detail;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Mappings as recorded, with faults, dirty pages, and what fault handling looked at. */
final class RecordedMappingTest {

  /** Mappings lie at an address that equals the file offset modulo 1 GiB. */
  private static final long ADDRESS_UNIT = 1L << 30;

  @Test
  void mappings_asRecorded_agreeWithTheKernel() throws Exception {
    Recordings.replay("mappings", List.of("mm"), "order0.json", Mapping::new);
  }

  private static final class Mapping implements Recordings.Scene {
    private final FolioPageCache cache;
    private final AddressSpace pages;
    private final MemoryMap map;
    private final Recordings.Descriptors descriptors;
    private final Map<String, MemoryMapping> mappings = new HashMap<>();

    /** Faults during the last operation. */
    private long minor;

    private long major;

    /** Dirty pages when the recording last told. */
    private long recordedDirty;

    Mapping(JsonNode recording, SimulatedMachine machine) {
      int bytes = Recordings.fileBytes(recording);
      int capacity = Math.max(64, 3 * Recordings.filePages(recording));
      this.cache = new FolioPageCache(machine, PageCacheSettings.ofPages(capacity));
      FakeFile file = new FakeFile(machine, Math.max(1, bytes), bytes);
      file.readTogether();
      this.pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      this.map = cache.newMemoryMap(MemoryMapSettings.DEFAULT);
      this.descriptors = new Recordings.Descriptors(recording, pages);
    }

    @Override
    public AddressSpace pages() {
      return pages;
    }

    @Override
    public long perform(JsonNode op) throws ErrnoException {
      minor = -map.minorFaults();
      major = -map.majorFaults();
      try {
        return performCounted(op);
      } finally {
        minor += map.minorFaults();
        major += map.majorFaults();
      }
    }

    private long performCounted(JsonNode op) throws ErrnoException {
      MemoryMapping mapping = op.has("map") ? mappings.get(op.get("map").asString()) : null;
      switch (op.get("op").asString()) {
        case "mmap" -> map(op);
        case "touch" -> {
          mapping.getByte(op.get("page").asLong() << PageCache.PAGE_SHIFT);
          return 1;
        }
        case "store" -> {
          mapping.setByte(op.get("page").asLong() << PageCache.PAGE_SHIFT, (byte) 1);
          return 1;
        }
        case "madvise" -> map.madvise(address(op, mapping), op.get("len").asLong(), adviceOf(op));
        case "msync" -> map.msync(address(op, mapping), op.get("len").asLong(), MapFlags.MS_SYNC);
        case "munmap" -> map.munmap(address(op, mapping), op.get("len").asLong());
        default -> {
          return descriptors.perform(op);
        }
      }
      return 0;
    }

    private void map(JsonNode op) throws ErrnoException {
      boolean shared = op.get("kind").asString().equals("shared");
      int protection = op.get("prot").asString().equals("RW") ? 3 : 1;
      long offset = op.get("off").asLong();
      long address = (1 + mappings.size()) * 64 * ADDRESS_UNIT + offset % ADDRESS_UNIT;
      int flags =
          (shared ? MapFlags.MAP_SHARED : MapFlags.MAP_PRIVATE) | MapFlags.MAP_FIXED_NOREPLACE;
      MappedFile file = MappedFile.of(pages, descriptors.state(op));
      mappings.put(
          op.get("map").asString(),
          map.mmap(address, op.get("len").asLong(), protection, flags, file, offset));
    }

    private static long address(JsonNode op, MemoryMapping mapping) {
      return mapping.address() + op.get("off").asLong();
    }

    private static int adviceOf(JsonNode op) {
      return switch (op.get("advice").asString()) {
        case "NORMAL" -> MapFlags.MADV_NORMAL;
        case "RANDOM" -> MapFlags.MADV_RANDOM;
        case "SEQUENTIAL" -> MapFlags.MADV_SEQUENTIAL;
        case "WILLNEED" -> MapFlags.MADV_WILLNEED;
        case "DONTNEED" -> MapFlags.MADV_DONTNEED;
        default -> throw new AssertionError("no advice: " + op);
      };
    }

    @Override
    public String ours(List<TraceEvent> events, JsonNode golden) {
      StringBuilder text = new StringBuilder();
      if (golden.has("flt")) {
        text.append(" flt ").append(minor).append("+").append(major);
      }
      text.append(" dirty ").append(pages.dirtyPages());
      for (TraceEvent event : events) {
        List<Object> v = List.of(event.values().toArray());
        switch (event.point().name()) {
          case "mm_filemap_fault" -> text.append(" fault ").append(v.get(1));
          case "mm_filemap_map_pages" ->
              text.append(" map ").append(v.get(1)).append("-").append(v.get(2));
          default -> {}
        }
      }
      return text + Recordings.decisions(events, Detail.MISSES);
    }

    @Override
    public String kernels(JsonNode golden) {
      StringBuilder text = new StringBuilder();
      if (golden.has("flt")) {
        JsonNode faults = golden.get("flt");
        text.append(" flt ").append(faults.get(0).asLong());
        text.append("+").append(faults.get(1).asLong());
      }
      recordedDirty = golden.has("dirty") ? golden.get("dirty").asLong() : recordedDirty;
      text.append(" dirty ").append(recordedDirty);
      JsonNode looks = golden.get("mm");
      for (int i = 0; looks != null && i < looks.size(); i++) {
        JsonNode look = looks.get(i);
        text.append(" ").append(look.get(0).asString()).append(" ").append(look.get(1).asLong());
        text.append(look.size() > 2 ? "-" + look.get(2).asLong() : "");
      }
      return text + Recordings.recordedDecisions(golden, Detail.MISSES);
    }

    @Override
    public void end() {
      map.close();
      pages.close();
      cache.close();
    }
  }
}
