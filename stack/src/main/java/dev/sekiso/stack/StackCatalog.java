package dev.sekiso.stack;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Stage;
import com.google.inject.name.Names;
import com.google.inject.spi.Message;
import com.google.inject.util.Types;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Every name that can be chosen: what Sekiso binds and what plugins add. Immutable and cheap to
 * share between stacks; making one costs a Guice injector (tens of milliseconds in a fresh JVM).
 */
public final class StackCatalog {

  private final Injector injector;
  private final List<Setting> settings;

  private StackCatalog(Injector injector, List<Setting> settings) {
    this.injector = injector;
    this.settings = List.copyOf(settings);
  }

  /** Sekiso's own names and those of the plugins that {@link ServiceLoader} finds. */
  public static StackCatalog load() {
    return load(List.of());
  }

  /** As {@link #load()}, with further plugins that need not be known to {@link ServiceLoader}. */
  public static StackCatalog load(Collection<? extends StackPlugin> more) {
    List<StackPlugin> plugins = new ArrayList<>();
    ServiceLoader.load(StackPlugin.class).forEach(plugins::add);
    Set<Class<?>> loaded = plugins.stream().map(StackPlugin::getClass).collect(Collectors.toSet());
    more.stream().filter(plugin -> !loaded.contains(plugin.getClass())).forEach(plugins::add);

    List<Module> modules = new ArrayList<>(builtIn());
    List<Setting> settings = new ArrayList<>(StackSettings.describe());
    for (StackPlugin plugin : plugins) {
      modules.add(plugin.module());
      settings.addAll(plugin.settings());
    }
    try {
      return new StackCatalog(Guice.createInjector(Stage.DEVELOPMENT, modules), settings);
    } catch (CreationException e) {
      throw new ConfigurationException(
          "the plugins "
              + plugins.stream().map(plugin -> plugin.getClass().getName()).toList()
              + " and Sekiso do not fit together: "
              + e.getErrorMessages().stream()
                  .map(Message::getMessage)
                  .distinct()
                  .collect(Collectors.joining("; ")),
          e);
    }
  }

  /** Makes every seam known, whoever binds there. */
  private static final class DeclaredSeams extends SeamModule {
    @Override
    protected void configure() {
      Seams.all().forEach(this::choices);
    }
  }

  private static List<Module> builtIn() {
    return List.of(
        new DeclaredSeams(),
        new MachineModule(),
        new BlockModule(),
        new PageCacheModule(),
        new WritebackModule(),
        new AioModule(),
        new FileSystemModule());
  }

  /** Every key of the configuration, those of plugins included. */
  public List<Setting> settings() {
    return settings;
  }

  /** The names of the profiles, the default first. */
  public List<String> profiles() {
    return Profiles.names();
  }

  /**
   * The values of every key on a profile where nobody sets another.
   *
   * @throws ConfigurationException when there is no such profile
   */
  public StackSettings settings(String profile) {
    return StackSettings.resolve(settings, Profiles.load(profile).entries());
  }

  /** What can be chosen at a seam, in alphabetical order. */
  public <F> List<Choice<F>> choices(Seam<F> seam) {
    return List.copyOf(new TreeMap<>(map(seam)).values());
  }

  /**
   * The choice of that name.
   *
   * @throws ConfigurationException naming the nearest and all known ones when there is none
   */
  public <F> Choice<F> choice(Seam<F> seam, String name) {
    Map<String, Choice<F>> known = map(seam);
    return Optional.ofNullable(known.get(name))
        .orElseThrow(() -> unknown(seam.name(), name, known.keySet()));
  }

  /** The names of the replacement policies, in alphabetical order. */
  public List<String> replacements() {
    return choices(Seams.REPLACEMENT).stream().map(Choice::name).toList();
  }

  /**
   * What makes a replacement policy, outside of a stack.
   *
   * @param text as the key {@code replacement} takes it: {@code active-inactive-2.6?swappiness=10}
   * @throws ConfigurationException when there is no such policy, or not with such parameters
   */
  public ReplacementPolicy.Factory replacement(String text) {
    Selection selection = Selection.parse(text);
    Choice<Seams.ReplacementFactory> choice = choice(Seams.REPLACEMENT, selection.name());
    Values parameters = choice.values(selection);
    return pages -> choice.factory().create(pages, parameters);
  }

  /** Whether there is a choice of that name. */
  boolean has(Seam<?> seam, String name) {
    return map(seam).containsKey(name);
  }

  static ConfigurationException unknown(String what, String name, Collection<String> known) {
    return new ConfigurationException(
        "there is no "
            + what
            + " '"
            + name
            + "'"
            + Nearest.hint(name, known)
            + "; there are: "
            + Nearest.list(known));
  }

  @SuppressWarnings("unchecked")
  private <F> Map<String, Choice<F>> map(Seam<F> seam) {
    Key<?> key =
        Key.get(
            Types.mapOf(String.class, seam.choiceType().getType()),
            Names.named(SeamModule.bindingName(seam)));
    return (Map<String, Choice<F>>) injector.getInstance(key);
  }
}
