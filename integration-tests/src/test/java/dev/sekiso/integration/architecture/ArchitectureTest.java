package dev.sekiso.integration.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the product to the rules of the {@link House}. */
class ArchitectureTest {

  private static final String ROOT = "dev.sekiso";
  private static JavaClasses product;

  @BeforeAll
  static void readClasses() {
    ImportOption notTests =
        location -> !location.contains("/test-classes/") && !location.contains("-tests.jar");
    product = new ClassFileImporter().withImportOption(notTests).importPackages(ROOT);
  }

  static Stream<Named<ArchRule>> rules() {
    return new House(ROOT)
        .rules().entrySet().stream().map(rule -> Named.of(rule.getKey(), rule.getValue()));
  }

  static Stream<String> modules() {
    return House.modules().stream().sorted();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void rule_heldByTheProduct(ArchRule rule) {
    rule.check(product);
  }

  /** A rule over no classes holds, so the classes have to be there. */
  @ParameterizedTest
  @MethodSource("modules")
  void module_isOnTheClassPath(String module) {
    assertThat(product.stream().map(JavaClass::getPackageName).distinct())
        .as("packages of the product, of which some belong to %s", module)
        .anyMatch(name -> inModule(name, ROOT + "." + module));
  }

  private static boolean inModule(String packageName, String module) {
    return packageName.equals(module) || packageName.startsWith(module + ".");
  }
}
