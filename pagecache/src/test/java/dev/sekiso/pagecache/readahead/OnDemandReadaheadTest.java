package dev.sekiso.pagecache.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.ReadaheadState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OnDemandReadaheadTest extends ReadaheadPolicyContract {

  private final FakeWindow window = new FakeWindow();
  private final ReadaheadState state = new ReadaheadState(32, 320);

  @Override
  protected ReadaheadPolicy policy() {
    return new OnDemandReadahead();
  }

  @ParameterizedTest
  @CsvSource({"1,4", "2,4", "3,8", "4,8", "5,16", "8,16", "9,32", "32,32", "100,32"})
  void initialSize_ofRequest_growsInPowersOfTwo(int requested, int size) {
    assertThat(OnDemandReadahead.initialSize(requested, 32)).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"1,4", "2,4", "4,8", "8,16", "16,32", "17,32", "32,32"})
  void nextSize_ofWindow_doublesUpToTheMaximum(int size, int next) {
    assertThat(OnDemandReadahead.nextSize(size, 32)).isEqualTo(next);
  }

  @Test
  void sequentialRead_rampsUp() {
    for (long page = 0; page < 28; page++) {
      window.read(policy(), state, page, 1);
    }
    assertThat(window.loads).containsExactly("0+4@3", "4+8@8", "12+16@16", "28+32@32");
  }

  @Test
  void readInTheMiddle_bringsInWhatIsAskedFor() {
    window.read(policy(), state, 1000, 1);
    window.read(policy(), state, 3000, 2);
    assertThat(window.loads).containsExactly("1000+1@0", "3000+2@0");
    assertThat(state.size).isZero();
  }

  @Test
  void missBehindCachedPages_countsThemAsHistory() {
    window.cached.set(100, 110);
    policy().missed(window, state, 110, 2);
    assertThat(window.loads).containsExactly("110+12@1");
  }

  @Test
  void largeRequest_growsToWhatTheDeviceLikes() {
    policy().missed(window, state, 0, 1000);
    assertThat(window.loads).containsExactly("0+320@160");
    policy().requested(window, state, 1000, 4000);
    assertThat(window.loads).endsWith("1000+320@0");
  }

  @Test
  void randomAdvice_readsTheRequestOnly() {
    state.random = true;
    policy().missed(window, state, 0, 5);
    assertThat(window.loads).containsExactly("0+5@0");
  }

  @Test
  void noReadahead_readsPageByPage() {
    policy().missed(window, new ReadaheadState(0, 320), 0, 5);
    assertThat(window.loads).containsExactly("0+1@0");
  }

  @Test
  void fault_readsAroundThePage() {
    window.fault(policy(), state, 100);
    assertThat(window.loads).containsExactly("84+32@8");
    window.fault(policy(), state, 3);
    assertThat(window.loads).endsWith("0+32@8");
    window.fault(policy(), state, 24);
    assertThat(window.loads).as("the mark of the second").endsWith("32+32@32");
  }

  @Test
  void faults_missingFarMoreThanServed_readAlone() {
    for (int i = 0; i < 100; i++) {
      policy().faulted(window, state, 40L * i);
    }
    assertThat(window.loads).hasSize(100);
    policy().faulted(window, state, 4500);
    assertThat(window.loads).hasSize(100);
    policy().faultsServed(state, 2);
    policy().faulted(window, state, 4600);
    assertThat(window.loads).hasSize(101);
    policy().faultsServed(state, 1000);
    assertThat(state.mmapMisses).isZero();
  }

  @Test
  void throttledTask_readsWhatItNeedsOnly() {
    window.congested = true;
    policy().missed(window, state, 0, 5);
    assertThat(window.loads).containsExactly("0+1@0");
    policy().marked(window, state, 0, 1, 5);
    assertThat(window.loads).hasSize(1);
  }

  @Test
  void orders_ofSequentialRead_growByTwoAWindow() {
    window.maximumOrder = 9;
    for (long page = 0; page < 100; page++) {
      window.read(policy(), state, page, 1);
    }
    assertThat(window.loads)
        .startsWith("0+4@3", "4+8@8", "12+4@4", "16+8@8", "24+8@8", "32+16@16", "48+16@16");
    assertThat(window.orders).startsWith(0, 2, 2, 3, 3, 4, 4);
  }
}
