package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.XArray.Mark;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class XArrayTest {

  private static final long FAR = (1L << 51) - 1;

  private final NodePool pool = new NodePool(64, 4);
  private final XArray array = new XArray(pool, 1);

  @Test
  void load_ofEmptyArray_isZero() {
    assertThat(array.load(0)).isZero();
    assertThat(array.load(FAR)).isZero();
    assertThat(array.isEmpty()).isTrue();
  }

  @Test
  void store_ofZeroEverywhere_givesAllNodesBack() {
    synchronized (array) {
      for (long index : new long[] {0, 63, 64, 4096, FAR}) {
        array.store(index, 7);
        assertThat(array.load(index)).isEqualTo(7);
      }
      for (long index : new long[] {FAR, 0, 64, 63, 4096}) {
        assertThat(array.load(index)).isEqualTo(7);
        array.store(index, 0);
      }
    }
    assertThat(array.isEmpty()).isTrue();
    assertThat(pool.spare()).isPositive();
    assertThat(pool.shadowLeaves()).isZero();
  }

  @Test
  void set_onEmptySlotOrShadow_marksNothing() {
    synchronized (array) {
      array.set(5, 0, Mark.DIRTY);
      array.store(6, XArray.shadow(1));
      array.set(6, 0, Mark.DIRTY);
      assertThat(array.hasMark(Mark.DIRTY)).isFalse();
    }
  }

  @Test
  void store_ofShadowOverFolio_takesTheMarksOff() {
    synchronized (array) {
      array.store(70, 9);
      array.set(70, 0, Mark.WRITEBACK);
      array.store(70, XArray.shadow(4));
      assertThat(array.findMarked(Mark.WRITEBACK, 0, FAR)).isEqualTo(-1);
      assertThat(array.findFolio(0, FAR)).isEqualTo(-1);
      assertThat(array.findEntry(0, FAR)).isEqualTo(70);
    }
  }

  @Test
  void shrinkShadows_beyondTheLimit_emptiesTheOldestLeaves() {
    synchronized (array) {
      for (int leaf = 0; leaf < 10; leaf++) {
        array.store(leaf * 64L + leaf, XArray.shadow(leaf + 1));
      }
    }
    pool.shrinkShadows();
    assertThat(pool.shadowLeaves()).isEqualTo(4);
    for (int leaf = 0; leaf < 10; leaf++) {
      long expected = leaf < 6 ? 0 : XArray.shadow(leaf + 1);
      assertThat(array.load(leaf * 64L + leaf)).isEqualTo(expected);
    }
  }

  @Test
  void generation_afterTheLast_isOneAgain() {
    assertThat(XArray.nextGeneration((1 << 26) - 1)).isEqualTo(1);
    assertThat(XArray.nextGeneration(1)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomOperations_agreeWithATreeMap(long seed) {
    Random random = new Random(seed);
    TreeMap<Long, Long> model = new TreeMap<>();
    Map<Mark, TreeSet<Long>> marks = new EnumMap<>(Mark.class);
    for (Mark mark : Mark.values()) {
      marks.put(mark, new TreeSet<>());
    }
    long[] ranges = {64, 200, 5000, 1L << 20, FAR};
    for (int step = 0; step < 20_000; step++) {
      long index = random.nextLong(ranges[random.nextInt(ranges.length)]);
      if (random.nextInt(3) == 0 && !model.isEmpty()) {
        Long known = model.ceilingKey(index);
        index = known == null ? model.firstKey() : known;
      }
      synchronized (array) {
        step(random, index, model, marks);
      }
      long at = index;
      assertThat(array.load(at)).as("seed %d", seed).isEqualTo(model.getOrDefault(at, 0L));
    }
    synchronized (array) {
      for (Long index : model.keySet().toArray(Long[]::new)) {
        array.store(index, 0);
      }
    }
    assertThat(array.isEmpty()).as("seed %d", seed).isTrue();
  }

  private void step(
      Random random, long index, TreeMap<Long, Long> model, Map<Mark, TreeSet<Long>> marks) {
    Mark mark = Mark.values()[random.nextInt(3)];
    TreeSet<Long> marked = marks.get(mark);
    boolean isFolio = model.getOrDefault(index, 0L) > 0;
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        array.store(index, 1 + random.nextInt(1000));
        if (!isFolio) {
          marks.values().forEach(set -> set.remove(index));
        }
        model.put(index, array.load(index));
      }
      case 2 -> {
        array.store(index, XArray.shadow(random.nextInt(1000)));
        model.put(index, array.load(index));
        marks.values().forEach(set -> set.remove(index));
      }
      case 3 -> {
        array.store(index, 0);
        model.remove(index);
        marks.values().forEach(set -> set.remove(index));
      }
      case 4 -> {
        array.set(index, 0, mark);
        if (isFolio) {
          marked.add(index);
        }
      }
      case 5 -> {
        array.clear(index, 0, mark);
        marked.remove(index);
      }
      case 6 -> {
        long last = index + random.nextLong(5000);
        array.tagDirtyToWrite(index, last);
        marks.get(Mark.TOWRITE).addAll(marks.get(Mark.DIRTY).subSet(index, true, last, true));
      }
      default -> {}
    }
    long last = index + random.nextLong(10_000);
    assertThat(array.findMarked(mark, index, last)).isEqualTo(orNone(marked.ceiling(index), last));
    assertThat(array.findEntry(index, last)).isEqualTo(orNone(model.ceilingKey(index), last));
    assertThat(array.isSet(index, mark)).isEqualTo(marked.contains(index));
  }

  /** A folio's entry as an array sees it: frame, order and life in one number. */
  private static long folioEntry(int frame, int order) {
    return 1L << 36 | (long) order << 31 | frame;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void foliosOfSeveralSlots_agreeWithATreeMap(long seed) {
    Random random = new Random(seed);
    TreeMap<Long, Long> slots = new TreeMap<>();
    TreeSet<Long> dirty = new TreeSet<>();
    for (int step = 0; step < 5000; step++) {
      int order = random.nextInt(10);
      long index = random.nextLong(3000) & -(1L << order);
      long end = index + (1L << order);
      synchronized (array) {
        long conflict = array.conflict(index, order);
        boolean occupied = slots.subMap(index, end).values().stream().anyMatch(e -> e > 0);
        assertThat(XArray.isFolio(conflict)).as("seed %d", seed).isEqualTo(occupied);
        if (!occupied) {
          long entry = random.nextInt(4) == 0 ? XArray.shadow(step) : folioEntry(step << 10, order);
          array.store(index, order, entry);
          for (long at = index; at < end; at++) {
            slots.put(at, entry);
            dirty.remove(at);
          }
        } else {
          change(random, slots, dirty, slots.subMap(index, end));
        }
        long from = random.nextLong(3000);
        long last = from + random.nextLong(600);
        Long marked = dirty.ceiling(from);
        assertThat(array.findMarked(Mark.DIRTY, from, last)).isEqualTo(orNone(marked, last));
        assertThat(array.findEntry(from, last)).isEqualTo(orNone(slots.ceilingKey(from), last));
        assertThat(array.load(from)).isEqualTo(slots.getOrDefault(from, 0L));
      }
    }
  }

  /** Marks, unmarks or removes the folio that the first folio entry of a part belongs to. */
  private void change(
      Random random,
      TreeMap<Long, Long> slots,
      TreeSet<Long> dirty,
      java.util.SortedMap<Long, Long> part) {
    Map.Entry<Long, Long> found =
        part.entrySet().stream().filter(e -> e.getValue() > 0).findFirst().orElseThrow();
    int order = XArray.orderOf(found.getValue());
    long index = found.getKey() & -(1L << order);
    long end = index + (1L << order);
    switch (random.nextInt(3)) {
      case 0 -> {
        array.set(index, order, Mark.DIRTY);
        for (long at = index; at < end; at++) {
          dirty.add(at);
        }
      }
      case 1 -> {
        array.clear(index, order, Mark.DIRTY);
        dirty.subSet(index, end).clear();
      }
      default -> {
        array.store(index, order, 0);
        slots.subMap(index, end).clear();
        dirty.subSet(index, end).clear();
      }
    }
  }

  @Test
  void settle_inAFolioOfSeveralSlots_settlesThoseAround() {
    long entry = folioEntry(1024, 7);
    synchronized (array) {
      array.store(128, 7, entry);
      XArray.settle(array.slots(150), 150, entry);
      assertThat(XArray.isSettled(array.load(128))).isTrue();
      assertThat(XArray.isSettled(array.load(191))).isTrue();
      assertThat(XArray.isSettled(array.load(192))).as("in another leaf").isFalse();
      assertThat(array.load(192)).isEqualTo(entry);
    }
  }

  @Test
  void settle_entryThatHasLeft_changesNothing() {
    long entry = folioEntry(1024, 0);
    synchronized (array) {
      array.store(5, entry);
      array.store(6, entry + 1);
      long[] slots = array.slots(5);
      array.store(5, 0);
      XArray.settle(slots, 5, entry);
      assertThat(array.load(5)).isZero();
      array.store(5, entry + 2);
      XArray.settle(slots, 5, entry);
      assertThat(array.load(5)).isEqualTo(entry + 2);
      assertThat(array.load(6)).isEqualTo(entry + 1);
    }
  }

  @Test
  void nextMiss_fromTheMiddleOfAFolio_runsBehindUntilTheNodeEnds() {
    synchronized (array) {
      array.store(4, 2, folioEntry(4, 2));
      array.store(8, 2, folioEntry(8, 2));
      assertThat(array.nextMiss(4, 100)).isEqualTo(12);
      assertThat(array.nextMiss(5, 100)).as("as recorded from 6.18").isEqualTo(13);
      assertThat(array.nextMiss(6, 3)).as("nothing within the limit").isEqualTo(9);
      array.store(56, 3, folioEntry(56, 3));
      array.store(64, 2, folioEntry(64, 2));
      assertThat(array.nextMiss(58, 100)).as("in step again behind the node").isEqualTo(68);
      array.store(128, 6, folioEntry(128, 6));
      array.store(192, 0, folioEntry(7, 0));
      assertThat(array.nextMiss(130, 100)).as("a folio of a whole node").isEqualTo(193);
    }
  }

  @Test
  void previousMiss_fromTheMiddleOfAFolio_runsAhead() {
    synchronized (array) {
      array.store(8, 2, folioEntry(8, 2));
      array.store(12, 2, folioEntry(12, 2));
      assertThat(array.previousMiss(12, 100)).isEqualTo(7);
      assertThat(array.previousMiss(14, 100)).isEqualTo(9);
      assertThat(array.previousMiss(12, 3)).isEqualTo(9);
      array.store(0, 3, folioEntry(0, 3));
      assertThat(array.previousMiss(12, 100)).as("all cached from page 0").isEqualTo(-1);
    }
  }

  private static long orNone(Long found, long last) {
    return found == null || found > last ? -1 : found;
  }

  /**
   * Writers store at each index only values that belong to it, in two arrays that share their
   * nodes; a reader must never be given a value of another index or array once it has loaded it
   * twice.
   */
  @Test
  void load_whileNodesAreRecycled_neverGivesAnotherIndexsEntry() throws Exception {
    XArray[] arrays = {array, new XArray(pool, 2)};
    AtomicReference<String> wrong = new AtomicReference<>();
    Thread[] writers = new Thread[2];
    for (int which = 0; which < 2; which++) {
      int own = which;
      writers[which] = Thread.ofPlatform().start(() -> churn(arrays[own], own));
    }
    long reads = 0;
    Random random = new Random(7);
    while (writers[0].isAlive() || writers[1].isAlive()) {
      int which = random.nextInt(2);
      long index = (long) random.nextInt(8) * 64 * 64 + random.nextInt(4);
      long first = arrays[which].load(index);
      long second = arrays[which].load(index);
      if (first == second && first != 0 && (first & 0xffffff) != identity(which, index)) {
        wrong.set("array " + which + " index " + index + " gave " + Long.toHexString(first));
      }
      reads++;
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(wrong.get()).as("after %d reads", reads).isNull();
  }

  private static long identity(int which, long index) {
    return (index << 1 | which) + 1;
  }

  private static void churn(XArray own, int which) {
    Random random = new Random(which);
    for (long life = 1; life < 300_000; life++) {
      long index = (long) random.nextInt(8) * 64 * 64 + random.nextInt(4);
      synchronized (own) {
        own.store(index, own.load(index) == 0 ? life << 24 | identity(which, index) : 0);
      }
    }
  }
}
