package dev.sekiso.lab.fidelity;

/**
 * How many accesses of a recording of page replacement were hits, here and there.
 *
 * @param recording folder and name
 * @param family the workload's family and file system
 * @param ours our hit ratio, 0 to 1
 * @param kernels the kernel's: mean of its {@code fresh} runs
 * @param least of the kernel's runs
 * @param most of the kernel's runs
 */
public record HitRatio(
    String recording, String family, double ours, double kernels, double least, double most) {

  /** Ours less the kernel's, in percentage points. */
  public double points() {
    return 100 * (ours - kernels);
  }

  /** Whether ours is within one percentage point of the kernel's. */
  public boolean agrees() {
    return Math.abs(points()) <= 1;
  }
}
