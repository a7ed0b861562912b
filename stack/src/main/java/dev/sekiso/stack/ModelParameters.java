package dev.sekiso.stack;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The numbers of a device's model as parameters: each component of the record is one, in small
 * letters with underscores ({@code fullStrokeNanos} is {@code full_stroke_nanos}), its default what
 * the model has.
 */
final class ModelParameters<M extends Record> {

  private final M model;
  private final RecordComponent[] components;

  ModelParameters(M model) {
    this.model = model;
    this.components = model.getClass().getRecordComponents();
  }

  List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    for (RecordComponent component : components) {
      settings.add(setting(component));
    }
    return settings;
  }

  private Setting setting(RecordComponent component) {
    String name = name(component);
    String value = String.valueOf(value(component));
    String meaning = model.getClass().getSimpleName() + "." + component.getName();
    if (component.getType() == boolean.class) {
      return Setting.onOff(name, value, meaning);
    }
    long most = component.getType() == int.class ? Integer.MAX_VALUE : Long.MAX_VALUE;
    return name.endsWith("bytes") || name.endsWith("bytes_per_second")
        ? Setting.size(name, value, 0, most, meaning)
        : Setting.integer(name, value, 0, most, "", meaning);
  }

  private static String name(RecordComponent component) {
    return component.getName().replaceAll("([A-Z0-9]+)", "_$1").toLowerCase(Locale.ROOT);
  }

  private Object value(RecordComponent component) {
    try {
      return component.getAccessor().invoke(model);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " of " + model + " cannot be read", e);
    }
  }

  /**
   * The model with the parameters' values.
   *
   * @throws ConfigurationException when they do not fit together
   */
  M with(Values parameters) {
    Object[] numbers = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = name(components[i]);
      types[i] = components[i].getType();
      if (types[i] == boolean.class) {
        numbers[i] = parameters.isOn(name);
      } else if (types[i] == int.class) {
        numbers[i] = parameters.integer(name);
      } else {
        numbers[i] = parameters.number(name);
      }
    }
    try {
      @SuppressWarnings("unchecked")
      M changed = (M) model.getClass().getDeclaredConstructor(types).newInstance(numbers);
      return changed;
    } catch (java.lang.reflect.InvocationTargetException e) {
      throw new ConfigurationException(e.getCause().getMessage(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          model.getClass() + " cannot be made from " + Arrays.toString(numbers), e);
    }
  }
}
