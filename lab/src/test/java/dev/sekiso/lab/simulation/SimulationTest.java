package dev.sekiso.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.pagecache.replacement.Lru;
import dev.sekiso.stack.ConfigurationException;
import dev.sekiso.stack.StackCatalog;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SimulationTest {

  private static final StackCatalog CATALOG = StackCatalog.load(List.of());

  private static Simulation run(Trace trace, List<String> policies, Integer... capacities) {
    return Simulation.run(
        CATALOG, trace, policies, List.of(capacities), (policy, capacity, done) -> {});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zipf:2000:0.8:40000:1",
        "zipf:2000:1.2:40000:2",
        "uniform:1000:30000:3",
        "loop:500:20000",
        "scan+zipf:1000:1:40000:4"
      })
  void noPolicy_hasMoreHitsThanTheOptimum(String text) {
    Trace trace = SyntheticTrace.of(text);
    Simulation simulation = run(trace, Simulation.policies(CATALOG), 1, 17, 200, 900);
    Map<Integer, Long> most = new HashMap<>();
    for (Simulation.Result result : simulation.results()) {
      if (Simulation.isOptimum(result.policy())) {
        most.put(result.capacity(), result.hits());
      }
    }
    for (Simulation.Result result : simulation.results()) {
      assertThat(result.hits())
          .as("%s: %s, %d pages", text, result.policy(), result.capacity())
          .isLessThanOrEqualTo(most.get(result.capacity()));
      assertThat(result.requests()).isEqualTo(trace.length());
    }
  }

  @Test
  void cacheThatHoldsEverything_missesEachPageOnce_whateverThePolicy() {
    Trace trace = SyntheticTrace.of("uniform:100:5000:1");
    for (Simulation.Result result : run(trace, Simulation.policies(CATALOG), 100, 1000).results()) {
      assertThat(result.hits()).as(result.policy()).isEqualTo(4900);
    }
  }

  @Test
  void loop_thatDoesNotFit_isAllMissesUnderLru_andOfTheOptimumKnown() {
    Trace trace = SyntheticTrace.of("loop:100:10000");
    List<Simulation.Result> results = run(trace, List.of("lru", "fifo", "belady"), 50).results();
    assertThat(results.get(0).hits()).isZero();
    assertThat(results.get(1).hits()).isZero();
    // Of each 99 requests 49 are hits, once the cache is full: 49 pages stay from round to round.
    assertThat(results.get(2).hits()).isBetween(4880L, 4910L);
  }

  @Test
  void parameters_ofAPolicy_areThoseOfAStack() {
    Trace trace = SyntheticTrace.of("loop:10:100");
    assertThat(run(trace, List.of("active-inactive-2.6?swappiness=5"), 5).results()).hasSize(1);
    assertThatThrownBy(() -> run(trace, List.of("lru?depth=1"), 5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("depth");
    assertThatThrownBy(() -> run(trace, List.of("lruu"), 5))
        .hasMessageStartingWith("there is no replacement 'lruu' (did you mean 'lru'?)");
  }

  @Test
  void run_allocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    Trace trace = SyntheticTrace.of("zipf:2000:0.8:200000:1");
    PolicySimulator simulator = new PolicySimulator(trace, 300, Lru::new);
    simulator.run(0, 100_000);
    long before = threads.getCurrentThreadAllocatedBytes();
    simulator.run(100_000, 200_000);
    // The measurement itself may allocate.
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000);
  }

  @Test
  void progress_goesFromNoneToTheLastRun() {
    StringBuilder heard = new StringBuilder();
    Simulation.run(
        CATALOG,
        SyntheticTrace.of("loop:10:100"),
        List.of("lru", "fifo"),
        List.of(2, 4),
        (policy, capacity, done) -> heard.append(policy + capacity + "=" + done + " "));
    assertThat(heard.toString()).isEqualTo("lru2=0.0 lru4=0.25 fifo2=0.5 fifo4=0.75 ");
  }

  @Test
  void reports_sayTheSame() {
    Simulation simulation =
        new Simulation(
            1000,
            80,
            List.of(
                new Simulation.Result("lru", 10, 1000, 125, 50_000),
                new Simulation.Result("lru", 40, 1000, 500, 100_000),
                new Simulation.Result("belady", 10, 1000, 250, 100_000),
                new Simulation.Result("belady", 40, 1000, 501, 100_000)));
    assertThat(SimulationReport.text(simulation))
        .isEqualTo(
            """
            1000 requests for 80 pages
            hits, %  10 pages   40 pages   requests/s
            lru         12.50*     50.00*      15.0 M
            belady      25.00      50.10       10.0 M
            * best of its column but for belady, which knows the future
            """);
    assertThat(SimulationReport.csv(simulation))
        .startsWith(
            """
            policy,capacity_pages,requests,hits,hit_ratio,requests_per_second
            lru,10,1000,125,0.125000,20000000
            """)
        .hasLineCount(5);
    assertThat(SimulationReport.json(simulation))
        .contains("\"requests\" : 1000")
        .contains("\"hit_ratio\" : 0.501000");
  }
}
