package dev.sekiso.stack;

import com.google.inject.TypeLiteral;
import java.util.List;

/** Every place where something is chosen by name. */
public final class Seams {

  public static final Seam<MachineFactory> MACHINE =
      new Seam<>("machine", "machine", "where time and tasks come from", new TypeLiteral<>() {});

  private static final List<Seam<?>> ALL = List.of(MACHINE);

  private Seams() {}

  /** All of them, in the order in which a request meets them, the machine last. */
  public static List<Seam<?>> all() {
    return ALL;
  }
}
