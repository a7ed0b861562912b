package dev.sekiso.machine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Checks invariants after every test, not only where someone remembered:
 *
 * <pre>{@code
 * @RegisterExtension final InvariantExtension invariants = new InvariantExtension();
 *
 * @BeforeEach void setUp() {
 *   cache = newCache();
 *   invariants.watch("page cache", cache::violations);
 * }
 * }</pre>
 *
 * <p>The checks run right after the test method, before {@code @AfterEach}; all of them run, and a
 * failure names every violation. What was watched is forgotten afterwards.
 */
public final class InvariantExtension implements AfterTestExecutionCallback {

  private final Map<String, InvariantCheck> checks = new LinkedHashMap<>();

  /** Has the check run after the test. */
  public void watch(String name, InvariantCheck check) {
    if (checks.putIfAbsent(name, check) != null) {
      throw new IllegalArgumentException("'" + name + "' is watched already");
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    List<String> violations = new ArrayList<>();
    checks.forEach((name, check) ->
        check.violations().forEach(violation -> violations.add(name + ": " + violation)));
    checks.clear();
    if (!violations.isEmpty()) {
      throw new AssertionError("invariants are violated:\n" + String.join("\n", violations));
    }
  }
}
