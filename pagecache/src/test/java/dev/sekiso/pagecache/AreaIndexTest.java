package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The areas that show a page are found, all of them and no others, whatever their sizes. */
final class AreaIndexTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void areas_areFoundByIndex(long seed) throws Exception {
    TestMachines.simulated(
        seed,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(16));
          MemoryMap map = cache.newMemoryMap(MemoryMapSettings.DEFAULT);
          compare(map, new Random(seed));
          map.close();
          cache.close();
        });
  }

  private static void compare(MemoryMap map, Random random) {
    AreaIndex index = new AreaIndex();
    List<Area> model = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      if (model.isEmpty() || random.nextInt(3) > 0) {
        long offset = random.nextInt(2000);
        long length = 1L + random.nextInt(1 << random.nextInt(11));
        Area area = new Area(map, 0, length, null, offset, 0);
        model.add(area);
        index.add(area);
      } else {
        index.remove(model.remove(random.nextInt(model.size())));
      }
      long first = random.nextInt(4200);
      long last = first + random.nextInt(100);
      Set<Area> found = new HashSet<>();
      index.forEach(first, last, area -> assertThat(found.add(area)).isTrue());
      Set<Area> expected = new HashSet<>();
      for (Area area : model) {
        if (area.offset <= last && area.lastIndex() >= first) {
          expected.add(area);
        }
      }
      assertThat(found).isEqualTo(expected);
      assertThat(index.isEmpty()).isEqualTo(model.isEmpty());
    }
  }
}
