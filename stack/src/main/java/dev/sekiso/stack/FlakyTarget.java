package dev.sekiso.stack;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.machine.Errno;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The parameters of {@code flaky(…)}: one fault, which is there from the beginning if any of them
 * is given. More can be injected into the {@link FaultyDevice} at any time.
 */
final class FlakyTarget {

  private static final String SEED = "seed";
  private static final String EFFECT = "effect";
  private static final String ERRNO = "errno";
  private static final String OPERATION = "operation";
  private static final String CHANCE = "chance";
  private static final String AFTER = "after";
  private static final String TIMES = "times";
  private static final String UP = "up";
  private static final String DOWN = "down";
  private static final String ANY = "any";

  static final List<Setting> PARAMETERS =
      List.of(
          Setting.integer(
              SEED, "1", Long.MIN_VALUE, Long.MAX_VALUE, "", "where the chance comes from"),
          Setting.word(
              EFFECT,
              "error",
              List.of("error", "drop", "error-after"),
              "error: fails; drop: writes go nowhere; error-after: done, but fails"),
          Setting.word(
              ERRNO, "EIO", Arrays.stream(Errno.values()).map(Enum::name).toList(), "the error"),
          Setting.word(OPERATION, ANY, operations(), "what it strikes"),
          Setting.decimal(CHANCE, "1", 0, 1, "", "probability with which it strikes"),
          Setting.integer(AFTER, "0", 0, Long.MAX_VALUE, "bios", "bios let through first"),
          Setting.integer(
              TIMES, "", 1, Long.MAX_VALUE, "bios", "bios struck before it is over; empty: all"),
          Setting.duration(UP, "0", 0, Long.MAX_VALUE, "time between strikes"),
          Setting.duration(DOWN, "0", 0, Long.MAX_VALUE, "time of strikes after each up"));

  private FlakyTarget() {}

  private static List<String> operations() {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(ANY),
            Arrays.stream(BioOperation.values()).map(FlakyTarget::word))
        .toList();
  }

  private static String word(BioOperation operation) {
    return operation.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static FaultyDevice create(Seams.TargetRequest request, BlockDevice below) {
    Values parameters = request.parameters();
    FaultyDevice device =
        new FaultyDevice(request.machine(), request.name(), below, parameters.number(SEED));
    if (PARAMETERS.stream().map(Setting::name).anyMatch(name -> tells(parameters, name))) {
      device.inject(fault(parameters));
    }
    return device;
  }

  private static boolean tells(Values parameters, String name) {
    return !name.equals(SEED) && parameters.isSet(name);
  }

  private static Fault fault(Values parameters) {
    Errno errno = Errno.valueOf(parameters.text(ERRNO));
    Fault fault =
        switch (parameters.text(EFFECT)) {
          case "drop" -> Fault.dropWrites();
          case "error-after" -> Fault.errorAfter(errno);
          default -> Fault.error(errno);
        };
    for (BioOperation operation : BioOperation.values()) {
      if (word(operation).equals(parameters.text(OPERATION))) {
        fault = fault.on(operation);
      }
    }
    fault = fault.after(parameters.number(AFTER)).withChance(parameters.decimal(CHANCE));
    if (parameters.isSet(TIMES)) {
      fault = fault.times(parameters.number(TIMES));
    }
    if (parameters.number(DOWN) > 0) {
      fault = fault.flaky(parameters.number(UP), parameters.number(DOWN));
    }
    return fault;
  }
}
