package dev.sekiso.lab.simulation;

import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Makes {@link PolicySimulator}s of which each policy has a class of its own, defined once more
 * from the same bytes. A compiler that has seen one policy in a loop compiles its methods into the
 * loop; one that has seen several in the same loop calls them, several times for each request. With
 * copies, the tenth policy of a comparison is as fast as the first.
 */
final class SimulatorCopies {

  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(void.class, Trace.class, int.class, ReplacementPolicy.Factory.class);

  private static final MethodType CALL = CONSTRUCTOR.changeReturnType(SimulatedCache.class);

  private final byte[] bytes;

  SimulatorCopies() {
    String file = PolicySimulator.class.getSimpleName() + ".class";
    try (InputStream in = PolicySimulator.class.getResourceAsStream(file)) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes simulators of one policy. */
  @FunctionalInterface
  interface Copy {
    SimulatedCache create(Trace trace, int capacity, ReplacementPolicy.Factory factory);
  }

  /** A copy for another policy. */
  Copy next() {
    MethodHandle constructor;
    try {
      MethodHandles.Lookup copy = MethodHandles.lookup().defineHiddenClass(bytes, true);
      constructor = copy.findConstructor(copy.lookupClass(), CONSTRUCTOR).asType(CALL);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new LinkageError("the simulator's class cannot be defined once more", e);
    }
    return (trace, capacity, factory) -> create(constructor, trace, capacity, factory);
  }

  private static SimulatedCache create(
      MethodHandle constructor, Trace trace, int capacity, ReplacementPolicy.Factory factory) {
    try {
      return (SimulatedCache) constructor.invokeExact(trace, capacity, factory);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a constructor without checked exceptions threw one", e);
    }
  }
}
