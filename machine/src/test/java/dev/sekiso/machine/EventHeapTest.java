package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventHeapTest {

  private static final class TestEvent extends Event {}

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void randomAddsPollsAndRemoves_agreeWithASortedList(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    EventHeap heap = new EventHeap();
    List<TestEvent> model = new ArrayList<>();
    Comparator<TestEvent> order =
        Comparator.<TestEvent>comparingLong(e -> e.time).thenComparingLong(e -> e.tieBreak);
    for (int i = 0; i < 20_000; i++) {
      int choice = random.nextInt(10);
      if (choice < 5 || model.isEmpty()) {
        TestEvent event = new TestEvent();
        event.time = random.nextInt(50);
        event.tieBreak = random.nextLong();
        heap.add(event);
        model.add(event);
        assertThat(event.isPending()).isTrue();
      } else if (choice < 8) {
        TestEvent first = model.stream().min(order).orElseThrow();
        assertThat(heap.peek()).isSameAs(first);
        assertThat(heap.poll()).isSameAs(first);
        assertThat(first.isPending()).isFalse();
        model.remove(first);
      } else {
        TestEvent any = model.remove(random.nextInt(model.size()));
        assertThat(heap.remove(any)).isTrue();
        assertThat(heap.remove(any)).isFalse();
      }
      assertThat(heap.size()).isEqualTo(model.size());
      assertThat(heap.isEmpty()).isEqualTo(model.isEmpty());
      if (model.size() > 300) {
        heap.clear();
        assertThat(model).noneMatch(Event::isPending);
        model.clear();
      }
    }
  }
}
