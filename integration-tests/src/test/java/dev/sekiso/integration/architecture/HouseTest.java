package dev.sekiso.integration.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Shows that each rule of the {@link House} finds what breaks it, and nothing else. */
class HouseTest {

  private static final String HERE = HouseTest.class.getPackageName();
  private static final String VIOLATING = HERE + ".violating";
  private static final String OBEYING = HERE + ".obeying";

  private static JavaClasses violating;
  private static JavaClasses obeying;

  @BeforeAll
  static void readFixtures() {
    violating = new ClassFileImporter().importPackages(VIOLATING);
    obeying = new ClassFileImporter().importPackages(OBEYING);
  }

  static Stream<Named<ArchRule>> obeyedRules() {
    return new House(OBEYING)
        .rules().entrySet().stream().map(rule -> Named.of(rule.getKey(), rule.getValue()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          everyClassHasAModule       | attic.NoSuchModule           | NoSuchModule
          arrows of pagecache        | pagecache.ReachesAcross      | blockdev.Target
          arrows of machine          | machine.LooksUp              | vfs.Inode
          arrows of writeback        | writeback.KnowsDevices       | blockdev.Target
          libraries of vfs           | vfs.BringsLibrary            | org.assertj.core
          libraries of pagecache     | pagecache.UsesContainer      | com.google.inject
          containerFromStackUp       | pagecache.UsesContainer      | com.google.inject
          timeAndTasksThroughMachine | blockdev.ReadsClock          | nanoTime
          timeAndTasksThroughMachine | blockdev.ReadsWallClock      | currentTimeMillis
          timeAndTasksThroughMachine | blockdev.ReadsInstant        | Instant.now
          timeAndTasksThroughMachine | blockdev.Sleeps              | Thread.sleep
          timeAndTasksThroughMachine | blockdev.StartsThread        | Thread.<init>
          timeAndTasksThroughMachine | blockdev.StartsVirtualThread | Thread.startVirtualThread
          timeAndTasksThroughMachine | blockdev.StartsExecutor      | Executors
          timeAndTasksThroughMachine | blockdev.StartsForkJoin      | ForkJoinPool
          timeAndTasksThroughMachine | blockdev.RunsAsync           | supplyAsync
          timeAndTasksThroughMachine | blockdev.Waits               | wait()
          timeAndTasksThroughMachine | blockdev.AwaitsCondition     | Condition.await
          timeAndTasksThroughMachine | blockdev.RollsDice           | Random.<init>()
          timeAndTasksThroughMachine | stack.ReadsClockInStack      | nanoTime
          noLoggingInLayers          | vfs.Prints                   | System.out
          noLoggingInLayers          | vfs.Logs                     | java.util.logging
          noStaticMutableState       | aio.CountsStatically         | CountsStatically.count
          noStaticMutableState       | aio.CachesStatically         | CachesStatically.CACHE
          noStaticMutableState       | aio.AddsStatically           | AddsStatically.ADDED
          internalStaysInside        | filesystems.PeeksInside      | blockdev.internal.Secret
          """)
  void rule_broken_namesTheClass(String rule, String culprit, String evidence) {
    EvaluationResult result = new House(VIOLATING).rules().get(rule).evaluate(violating);

    assertThat(result.getFailureReport().getDetails())
        .anySatisfy(line -> assertThat(line).contains(VIOLATING + "." + culprit, evidence));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("obeyedRules")
  void rule_obeyed_findsNothing(ArchRule rule) {
    assertThat(obeying).isNotEmpty();
    assertThat(rule.evaluate(obeying).getFailureReport().getDetails()).isEmpty();
  }
}
