package dev.sekiso.machine;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * One task's values of all {@link TaskLocal}s of its machine, by their number. Touched by the task
 * alone, except that a closing machine {@linkplain #clear() forgets} them.
 */
final class TaskLocals {

  private static final Object[] NOTHING = new Object[0];

  private Object[] values = NOTHING;

  <T> T get(int index, Supplier<T> initial) {
    Object[] known = values;
    if (index < known.length && known[index] != null) {
      @SuppressWarnings("unchecked")
      T value = (T) known[index];
      return value;
    }
    T made = Objects.requireNonNull(initial.get(), "a task-local variable's initial value");
    Object[] room = values;
    if (index >= room.length) {
      room = Arrays.copyOf(room, Math.max(4, Integer.highestOneBit(index) << 1));
    }
    room[index] = made;
    values = room;
    return made;
  }

  void clear() {
    values = NOTHING;
  }
}
