package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every name at every seam: files are written, unmounted and found again. */
class EveryChoiceTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  @TempDir Path folder;

  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("2m");
  }

  static Stream<Arguments> keysAndNames() {
    return Seams.all().stream()
        .filter(seam -> !seam.key().isEmpty() && seam != Seams.MACHINE && seam != Seams.FILE_SYSTEM)
        .flatMap(seam ->
            CATALOG.choices(seam).stream().map(choice -> Arguments.of(seam.key(), choice.name())));
  }

  @ParameterizedTest(name = "{0} = {1}, virtual time")
  @MethodSource("keysAndNames")
  void choice_keepsFiles_inVirtualTime(String key, String name) throws ErrnoException {
    Map<String, Media> media =
        builder()
            .simulated(3)
            .device("ram:16m")
            .set(key, name)
            .run(stack -> {
              new Scenario(stack).write();
              return null;
            })
            .media();
    checkInVirtualTime(media);
  }

  @ParameterizedTest(name = "{0} = {1}, real time")
  @MethodSource("keysAndNames")
  void choice_keepsFiles_inRealTime(String key, String name) throws ErrnoException {
    Path image = folder.resolve("disk.img");
    try (StorageStack stack =
        builder().device("file:" + image + "?create=16m").set(key, name).build()) {
      new Scenario(stack).write();
    }
    try (StorageStack stack = builder().device("file:" + image).build()) {
      new Scenario(stack).check();
    }
  }

  static Stream<String> addresses() {
    return Stream.concat(
        Stream.of("ram:16m", "file:IMAGE?create=16m", "nvme:16m", "sata:16m", "hdd:16m"),
        CATALOG.choices(Seams.TARGET).stream().map(target -> target.name() + "(ram:16m)"));
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void device_keepsFiles(String address) throws ErrnoException {
    String real = address.replace("IMAGE", folder.resolve("disk.img").toString());
    Outcome<Void> first =
        builder()
            .simulated(5)
            .device(real)
            .run(stack -> {
              new Scenario(stack).write();
              return null;
            });
    builder()
        .simulated(6)
        .media(first.media())
        .device(real)
        .run(stack -> {
          new Scenario(stack).check();
          return null;
        });
  }

  @Test
  void addresses_haveEveryDriver() {
    List<String> tested =
        addresses().map(Selection::parse).flatMap(address -> address.names().stream()).toList();
    assertThat(tested)
        .containsAll(CATALOG.choices(Seams.DRIVER).stream().map(Choice::name).toList());
  }

  private static void checkInVirtualTime(Map<String, Media> media) throws ErrnoException {
    builder()
        .simulated(4)
        .media(media)
        .device("ram:16m")
        .run(stack -> {
          new Scenario(stack).check();
          return null;
        });
  }

  @Test
  void ramfs_keepsFiles_aslongAsItIsMounted() throws ErrnoException {
    try (StorageStack stack = builder().memory("16m").build()) {
      new Scenario(stack).write();
      new Scenario(stack).check();
    }
  }

  @Test
  void image_isMadeOnlyOnce() throws Exception {
    Path image = folder.resolve("disk.img");
    String address = "file:" + image + "?create=4m";
    for (int round = 0; round < 3; round++) {
      String name = "/round" + round;
      try (StorageStack stack = builder().device(address).build()) {
        stack.vfs().mkdir(name, 0755);
        for (int earlier = 0; earlier <= round; earlier++) {
          assertThat(stack.vfs().stat("/round" + earlier).mode()).isNotZero();
        }
      }
    }
    assertThat(Files.size(image)).isEqualTo(4 << 20);
  }
}
