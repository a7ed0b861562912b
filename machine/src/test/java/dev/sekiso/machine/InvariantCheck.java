package dev.sekiso.machine;

import java.util.List;

/** Something whose inner consistency can be looked at from outside, between operations. */
@FunctionalInterface
public interface InvariantCheck {

  /** One sentence per invariant that does not hold; empty when all do. */
  List<String> violations();
}
