package dev.sekiso.lab.fidelity;

import java.util.List;

/**
 * An operation that did not do here what it did there.
 *
 * @param recording folder and name
 * @param index number of the operation in its recording, from 0
 * @param operation as it stands in the recording
 * @param kernelsLine as it stands in the recording
 * @param lines what differs
 */
public record Difference(
    String recording, int index, String operation, String kernelsLine, List<Line> lines) {

  /** One aspect, ours and the kernel's in the same words. */
  public record Line(Aspect aspect, String ours, String kernels) {}
}
