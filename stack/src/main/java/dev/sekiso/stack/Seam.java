package dev.sekiso.stack;

import com.google.inject.TypeLiteral;
import com.google.inject.util.Types;

/**
 * A place in the stack where an implementation is chosen by name.
 *
 * @param name how it is called in listings and messages
 * @param key the configuration key that chooses; empty where the name is part of something else
 * @param description what is decided there
 * @param factoryType what makes an implementation
 * @param <F> as {@code factoryType}
 */
public record Seam<F>(String name, String key, String description, TypeLiteral<F> factoryType) {

  @SuppressWarnings("unchecked")
  TypeLiteral<Choice<F>> choiceType() {
    return (TypeLiteral<Choice<F>>)
        TypeLiteral.get(Types.newParameterizedType(Choice.class, factoryType.getType()));
  }

  @Override
  public String toString() {
    return name;
  }
}
