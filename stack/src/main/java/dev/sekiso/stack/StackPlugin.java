package dev.sekiso.stack;

import com.google.inject.Module;
import java.util.List;

/**
 * Adds to what a stack can be made of. A jar names its plugin in {@code
 * META-INF/services/dev.sekiso.stack.StackPlugin}; from then on the names it binds work wherever a
 * name works, and {@code sekiso layers} lists them.
 *
 * <pre>{@code
 * public final class MruPlugin implements StackPlugin {
 *   public Module module() {
 *     return new SeamModule() {
 *       protected void configure() {
 *         choice(Seams.REPLACEMENT, "mru", "evicts what was used last", "Chou and DeWitt 1985",
 *             request -> new MostRecentlyUsed());
 *       }
 *     };
 *   }
 * }
 * }</pre>
 */
public interface StackPlugin {

  /** What it binds; usually a {@link SeamModule}. Asked once per stack. */
  Module module();

  /** Keys it adds to the configuration, read by its own bindings through {@link Values}. */
  default List<Setting> settings() {
    return List.of();
  }
}
