package dev.sekiso.lab.fidelity;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Hit ratios of page replacement as text: each recording, then each family's share. */
final class HitRatioText {

  private HitRatioText() {}

  static String of(List<HitRatio> ratios) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-30s %8s %10s %8s%n",
            "page replacement, hits",
            "ours",
            "kernel's",
            "points"));
    Map<String, Agreement> families = new TreeMap<>();
    for (HitRatio ratio : ratios) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-30s %6.2f %% %8.2f %% %+8.2f%s%n",
              ratio.recording(),
              100 * ratio.ours(),
              100 * ratio.kernels(),
              ratio.points(),
              ratio.agrees() ? "" : "  apart"));
      families
          .computeIfAbsent(ratio.family(), family -> new Agreement())
          .count(Aspect.HIT_RATIO, ratio.agrees());
    }
    text.append("\nwithin one point, by family\n");
    families.forEach((family, agreement) -> text.append(share(family, agreement)));
    return text.append('\n').toString();
  }

  private static String share(String family, Agreement agreement) {
    return String.format(
        Locale.ROOT,
        "  %-30s %6s %%  %d of %d%n",
        family,
        Agreement.percent(agreement.agreeing(), agreement.compared()),
        agreement.agreeing(),
        agreement.compared());
  }
}
