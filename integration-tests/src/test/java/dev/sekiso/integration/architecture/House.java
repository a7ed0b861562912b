package dev.sekiso.integration.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The architecture of the modules below one root package, as rules that can be checked against
 * class files.
 *
 * <p>A module is the first package below the root: {@code dev.sekiso.pagecache.readahead} belongs
 * to {@code pagecache}. Only the root differs between the product and the fixtures.
 *
 * @param root the package that holds the modules, without a trailing dot
 */
record House(String root) {

  /** What each module may use of the others; the arrows of the design, closed over. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("machine", Set.of()),
          Map.entry("vfs", Set.of("machine")),
          Map.entry("pagecache", Set.of("machine")),
          Map.entry("blockdev", Set.of("machine")),
          Map.entry("writeback", Set.of("machine", "vfs", "pagecache")),
          Map.entry("aio", Set.of("machine", "vfs")),
          Map.entry("filesystems", Set.of("machine", "vfs", "pagecache", "blockdev")),
          Map.entry(
              "stack",
              Set.of("machine", "vfs", "pagecache", "blockdev", "writeback", "aio", "filesystems")),
          Map.entry(
              "lab",
              Set.of(
                  "machine",
                  "vfs",
                  "pagecache",
                  "blockdev",
                  "writeback",
                  "aio",
                  "filesystems",
                  "stack")),
          Map.entry(
              "cli",
              Set.of(
                  "machine",
                  "vfs",
                  "pagecache",
                  "blockdev",
                  "writeback",
                  "aio",
                  "filesystems",
                  "stack",
                  "lab")));

  /** The modules that use nothing but the JDK and each other. */
  private static final Set<String> LAYERS =
      Set.of("machine", "vfs", "pagecache", "blockdev", "writeback", "aio", "filesystems");

  /** Time, threads, waiting and chance, which belong to the machine: owner to method names. */
  private static final Map<String, Set<String>> MACHINE_ONLY =
      Map.ofEntries(
          Map.entry("java.lang.System", Set.of("nanoTime", "currentTimeMillis")),
          Map.entry("java.time.Instant", Set.of("now")),
          Map.entry("java.time.LocalDate", Set.of("now")),
          Map.entry("java.time.LocalDateTime", Set.of("now")),
          Map.entry("java.time.OffsetDateTime", Set.of("now")),
          Map.entry("java.time.ZonedDateTime", Set.of("now")),
          Map.entry(
              "java.time.Clock",
              Set.of(
                  "systemUTC",
                  "systemDefaultZone",
                  "system",
                  "tickMillis",
                  "tickSeconds",
                  "tickMinutes")),
          Map.entry(
              "java.lang.Thread",
              Set.of(
                  "<init>",
                  "sleep",
                  "join",
                  "yield",
                  "startVirtualThread",
                  "ofVirtual",
                  "ofPlatform")),
          Map.entry("java.lang.Object", Set.of("wait")),
          Map.entry("java.util.concurrent.TimeUnit", Set.of("sleep", "timedJoin", "timedWait")),
          Map.entry(
              "java.util.concurrent.CompletableFuture",
              Set.of("get", "join", "supplyAsync", "runAsync", "delayedExecutor")),
          Map.entry("java.util.concurrent.Future", Set.of("get")),
          Map.entry("java.util.concurrent.CountDownLatch", Set.of("await")),
          Map.entry("java.util.concurrent.Semaphore", Set.of("acquire", "acquireUninterruptibly")),
          Map.entry("java.lang.Math", Set.of("random")),
          Map.entry("java.util.concurrent.ThreadLocalRandom", Set.of("current")),
          Map.entry("java.util.UUID", Set.of("randomUUID")));

  /**
   * Types of the JDK that start threads, wait, or draw chance of their own by being used at all.
   */
  private static final Set<String> MACHINE_ONLY_TYPES =
      Set.of(
          "java.util.Timer",
          "java.security.SecureRandom",
          "java.util.concurrent.Executors",
          "java.util.concurrent.ExecutorService",
          "java.util.concurrent.ScheduledExecutorService",
          "java.util.concurrent.ThreadPoolExecutor",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.BlockingQueue",
          "java.util.concurrent.CyclicBarrier",
          "java.util.concurrent.Phaser",
          "java.util.concurrent.locks.Condition",
          "java.util.concurrent.locks.LockSupport");

  /** Types whose instances are made to change, so that a static one is shared state. */
  private static final Set<String> MUTABLE_TYPES =
      Set.of(
          "java.lang.StringBuilder",
          "java.lang.ThreadLocal",
          "java.util.ArrayDeque",
          "java.util.ArrayList",
          "java.util.BitSet",
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.IdentityHashMap",
          "java.util.LinkedHashMap",
          "java.util.LinkedHashSet",
          "java.util.PriorityQueue",
          "java.util.Random",
          "java.util.TreeMap",
          "java.util.TreeSet",
          "java.util.WeakHashMap");

  static Set<String> modules() {
    return ARROWS.keySet();
  }

  /** Every rule, by the name that tests and messages know it by. */
  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("everyClassHasAModule", everyClassHasAModule());
    ARROWS.forEach((module, allowed) -> rules.put("arrows of " + module, arrows(module, allowed)));
    LAYERS.forEach(layer -> rules.put("libraries of " + layer, onlyTheJdk(layer)));
    rules.put("containerFromStackUp", containerFromStackUp());
    rules.put("timeAndTasksThroughMachine", timeAndTasksThroughMachine());
    rules.put("noLoggingInLayers", noLoggingInLayers());
    rules.put("noStaticMutableState", noStaticMutableState());
    rules.put("internalStaysInside", internalStaysInside());
    rules.replaceAll((name, rule) -> rule.allowEmptyShould(true));
    return rules;
  }

  private ArchRule everyClassHasAModule() {
    return classes()
        .should()
        .resideInAnyPackage(packagesOf(modules()))
        .because("a new module is entered in the table of arrows first");
  }

  private ArchRule arrows(String module, Set<String> allowed) {
    DescribedPredicate<JavaClass> ours = resideInAPackage(root + "..");
    DescribedPredicate<JavaClass> forbidden =
        ours.and(resideOutsideOfPackage(packageOf(module)))
            .and(DescribedPredicate.not(resideInAnyPackage(packagesOf(allowed))))
            .as("belong to a module other than %s and those it may use: %s", module, allowed);
    return noClasses()
        .that()
        .resideInAPackage(packageOf(module))
        .should()
        .dependOnClassesThat(forbidden);
  }

  /** {@code com.sun.nio.file} is the JDK's own, with the open option that goes past its cache. */
  private ArchRule onlyTheJdk(String layer) {
    return classes()
        .that()
        .resideInAPackage(packageOf(layer))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("java..", "javax..", "jdk..", "com.sun.nio.file", root + "..")
                .or(describe("are primitive", House::isPrimitive)))
        .because("a layer has no dependency outside the JDK and the modules it may use");
  }

  private ArchRule containerFromStackUp() {
    return noClasses()
        .that()
        .resideInAnyPackage(packagesOf(LAYERS))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.google.inject..", "jakarta.inject..")
        .because("a layer is built with plain constructors, so that it can be used alone");
  }

  private ArchRule timeAndTasksThroughMachine() {
    DescribedPredicate<JavaAccess<?>> forbidden =
        describe(
            "is time, a thread, waiting or chance that does not come from the Machine",
            House::belongsToTheMachine);
    return noClasses()
        .that()
        .resideInAnyPackage(layersAndStackButTheMachine())
        .should(accessTargetWhere(forbidden))
        .because("a run in virtual time is a pure function of program and seed; ask the Machine");
  }

  private ArchRule noLoggingInLayers() {
    return noClasses()
        .that()
        .resideInAnyPackage(packagesOf(LAYERS))
        .should(ACCESS_STANDARD_STREAMS)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.System$Logger")
        .because("errors travel as exceptions and facts as tracepoints");
  }

  private ArchRule noStaticMutableState() {
    return fields()
        .that()
        .areStatic()
        .should(
            new ArchCondition<>("be final and of a type that does not change") {
              @Override
              public void check(JavaField field, ConditionEvents events) {
                boolean constant =
                    field.getModifiers().contains(JavaModifier.FINAL)
                        && !isMutable(field.getRawType());
                events.add(
                    new SimpleConditionEvent(
                        field, constant, field.getDescription() + " is static mutable state"));
              }
            })
        .because("two stacks with different profiles run in one JVM");
  }

  private ArchRule internalStaysInside() {
    return classes()
        .should(
            new ArchCondition<>("use no internal package of another module") {
              @Override
              public void check(JavaClass origin, ConditionEvents events) {
                origin.getDirectDependenciesFromSelf().stream()
                    .filter(dependency -> isInternal(dependency.getTargetClass()))
                    .filter(dependency ->
                        !moduleOf(origin).equals(moduleOf(dependency.getTargetClass())))
                    .forEach(dependency ->
                        events.add(
                            SimpleConditionEvent.violated(origin, dependency.getDescription())));
              }
            });
  }

  private boolean isInternal(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(root + ".") && List.of(name.split("\\.")).contains("internal");
  }

  private String moduleOf(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(root + ".")
        ? name.substring(root.length() + 1).split("\\.", 2)[0]
        : name;
  }

  private String[] layersAndStackButTheMachine() {
    Collection<String> names = new ArrayList<>(LAYERS);
    names.remove("machine");
    names.add("stack");
    return packagesOf(names);
  }

  private String[] packagesOf(Collection<String> modules) {
    return modules.stream().map(this::packageOf).toArray(String[]::new);
  }

  private String packageOf(String module) {
    return root + "." + module + "..";
  }

  private static boolean isPrimitive(JavaClass type) {
    return type.getBaseComponentType().isPrimitive();
  }

  private static boolean isMutable(JavaClass type) {
    String name = type.getFullName();
    if (name.startsWith("java.util.concurrent.atomic.")) {
      return !name.endsWith("FieldUpdater");
    }
    return MUTABLE_TYPES.contains(name)
        || (name.startsWith("java.util.concurrent.")
            && Stream.of("Map", "Set", "List", "Queue", "Deque").anyMatch(name::endsWith));
  }

  private static boolean belongsToTheMachine(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    if (MACHINE_ONLY_TYPES.contains(owner.getFullName())) {
      return true;
    }
    boolean unseeded =
        owner.getFullName().equals("java.util.Random")
            && access.getTarget().getFullName().equals("java.util.Random.<init>()");
    return unseeded || MACHINE_ONLY.getOrDefault(owner.getFullName(), Set.of()).contains(name);
  }
}
