package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeyIndexTest {

  @Test
  void entries_areThoseOfAMap_whateverComesAndGoes() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      KeyIndex index = new KeyIndex();
      Map<Long, Integer> model = new HashMap<>();
      int room = 0;
      for (int step = 0; step < 5000; step++) {
        // Few keys, far apart and side by side, so that they meet in the table.
        long key = random.nextInt(200) * (random.nextBoolean() ? 1L : 1L << 40);
        Integer entry = model.get(key);
        assertThat(index.entry(key)).as("seed %d", seed).isEqualTo(entry == null ? -1 : entry);
        if (entry != null) {
          assertThat(index.key(entry)).isEqualTo(key);
          index.remove(entry);
          model.remove(key);
        } else {
          int free = 0;
          while (model.containsValue(free)) {
            free++;
          }
          if (free >= room) {
            room = free + 1 + random.nextInt(30);
            index.resize(room);
          }
          index.put(key, free);
          model.put(key, free);
        }
      }
    }
  }

  @Test
  void indexWithoutRoom_holdsNothing() {
    assertThat(new KeyIndex().entry(5)).isEqualTo(KeyIndex.NONE);
  }
}
