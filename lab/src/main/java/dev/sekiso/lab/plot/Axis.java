package dev.sekiso.lab.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One direction of a panel: values from 0 to the largest, on a line of the picture.
 *
 * @param most the largest value
 * @param from where 0 is drawn
 * @param to where {@code most} is drawn
 * @param step distance of the ticks: 1, 2 or 5 times a power of ten
 */
record Axis(double most, double from, double to, double step) {

  /**
   * An axis for values from 0 to the largest given.
   *
   * @param ticks how many ticks are wanted, at most
   */
  static Axis of(double largest, double from, double to, int ticks) {
    double most = largest > 0 ? largest : 1;
    double raw = most / ticks;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double step = 10 * power;
    for (double factor : new double[] {5, 2, 1}) {
      if (factor * power >= raw) {
        step = factor * power;
      }
    }
    return new Axis(most, from, to, step);
  }

  /** The same with the end moved up to a tick. */
  Axis toWholeStep() {
    return new Axis(Math.ceil(most / step - 1e-9) * step, from, to, step);
  }

  double at(double value) {
    return from + (to - from) * value / most;
  }

  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; i * step <= most * (1 + 1e-9); i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** The tick's number with as many digits as the step has. */
  String label(double tick) {
    int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%." + digits + "f", tick);
  }
}
