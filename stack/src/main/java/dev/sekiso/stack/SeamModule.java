package dev.sekiso.stack;

import com.google.inject.AbstractModule;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.MapBinder;
import com.google.inject.name.Names;
import java.util.List;

/** A Guice module that binds implementations at seams, by name. */
public abstract class SeamModule extends AbstractModule {

  /** The name under which a seam's map of choices is bound. */
  static String bindingName(Seam<?> seam) {
    return "seam." + seam.name();
  }

  /**
   * Binds a choice without parameters.
   *
   * @param description what it does, one line
   * @param source the kernel file or the paper it answers to
   */
  protected final <F> void choice(
      Seam<F> seam, String name, String description, String source, F factory) {
    choice(seam, name, description, source, List.of(), factory);
  }

  /** Binds a choice that takes parameters. */
  protected final <F> void choice(
      Seam<F> seam,
      String name,
      String description,
      String source,
      List<Setting> parameters,
      F factory) {
    choices(seam)
        .addBinding(name)
        .toInstance(new Choice<>(seam.name(), name, description, source, parameters, factory));
  }

  /** Makes the seam known even if nobody binds anything there. */
  final <F> MapBinder<String, Choice<F>> choices(Seam<F> seam) {
    return MapBinder.newMapBinder(
        binder(), TypeLiteral.get(String.class), seam.choiceType(), Names.named(bindingName(seam)));
  }
}
