package dev.sekiso.stack;

import java.util.List;

/**
 * One implementation bound at a seam.
 *
 * @param seam the seam's name
 * @param name what it is chosen by
 * @param description what it does, one line
 * @param source the kernel file or the paper it answers to
 * @param parameters what it can be given behind {@code ?}
 * @param factory makes it
 */
public record Choice<F>(
    String seam,
    String name,
    String description,
    String source,
    List<Setting> parameters,
    F factory) {

  public Choice {
    parameters = List.copyOf(parameters);
  }

  /** Checks the parameters of a selection of this choice. */
  Values values(Selection selection) {
    return Values.of("the " + seam + " '" + name + "'", parameters, selection.parameters());
  }
}
