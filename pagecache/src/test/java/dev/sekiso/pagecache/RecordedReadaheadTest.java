package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TraceEvent;
import dev.sekiso.pagecache.Recordings.Detail;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Reads and advice as recorded, with readahead's decisions and the orders of folios. */
final class RecordedReadaheadTest {

  @Test
  void readsAndAdvice_asRecorded_agreeWithTheKernel() throws Exception {
    Recordings.replay("readahead", List.of("ra", "adv"), ".json", Reading::new);
  }

  private static final class Reading implements Recordings.Scene {
    private final FolioPageCache cache;
    private final AddressSpace pages;
    private final Recordings.Descriptors descriptors;

    Reading(JsonNode recording, SimulatedMachine machine) {
      int bytes = Recordings.fileBytes(recording);
      String fs = recording.get("header").get("fs").asString();
      int capacity = Math.max(4096, 3 * Recordings.filePages(recording));
      this.cache =
          new FolioPageCache(
              machine,
              PageCacheSettings.ofPages(capacity)
                  .withLargeFolios(fs.startsWith("large") ? LargeFolios.ON : LargeFolios.OFF));
      FakeFile file = new FakeFile(machine, Math.max(1, bytes), bytes).allowLargeFolios();
      this.pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      this.descriptors = new Recordings.Descriptors(recording, pages);
    }

    @Override
    public AddressSpace pages() {
      return pages;
    }

    @Override
    public long perform(JsonNode op) throws ErrnoException {
      if (op.get("op").asString().equals("drop_caches")) {
        cache.dropClean();
        return 0;
      }
      return descriptors.perform(op);
    }

    @Override
    public String ours(List<TraceEvent> events, JsonNode golden) {
      List<String> folios = new ArrayList<>();
      for (TraceEvent event : events) {
        List<Object> v = List.of(event.values().toArray());
        if (event.point().name().equals("mm_filemap_add_to_page_cache") && !v.get(2).equals(0)) {
          folios.add(v.get(1) + "^" + v.get(2));
        }
      }
      return " folios " + folios + Recordings.decisions(events, Detail.POSITION);
    }

    @Override
    public String kernels(JsonNode golden) {
      List<String> folios = new ArrayList<>();
      for (int i = 0; golden.has("folios") && i < golden.get("folios").size(); i++) {
        JsonNode folio = golden.get("folios").get(i);
        folios.add(folio.get(0).asLong() + "^" + folio.get(1).asInt());
      }
      return " folios " + folios + Recordings.recordedDecisions(golden, Detail.POSITION);
    }

    @Override
    public void end() {
      pages.close();
      cache.close();
    }
  }
}
