package dev.sekiso.pagecache.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.ReadaheadState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sequences worked by hand from the rules of 2.6.11. */
final class TwoWindowReadaheadTest extends ReadaheadPolicyContract {

  private final FakeWindow window = new FakeWindow();
  private final ReadaheadState state = new ReadaheadState(32);

  @Override
  protected ReadaheadPolicy policy() {
    return new TwoWindowReadahead();
  }

  private void readPages(long first, long end) {
    for (long page = first; page < end; page++) {
      window.read(policy(), state, page, 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,32,8",
    "8,32,8",
    "9,32,32",
    "32,32,32",
    "1,64,1",
    "2,64,16",
    "1,128,1",
    "2,128,4",
    "3,128,32",
    "1,1024,1",
    "4,1024,16",
    "16,1024,256",
    "17,1024,256",
    "257,1024,1024",
    "1,1,1"
  })
  void initialSize_ofRequest_isSquareThenQuarterThenAll(int requested, int maximum, int size) {
    assertThat(TwoWindowReadahead.initialSize(requested, maximum)).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({
    "0,1,32,4",
    "0,2,32,4",
    "0,4,32,8",
    "0,16,32,32",
    "0,20,32,32",
    "0,3,128,12",
    "1,32,32,30",
    "1,5,32,4",
    "1,3,32,4",
    "1,1,32,32",
    "1,4,2,2"
  })
  void nextSize_ofWindow_growsUnlessMissed(int flags, int size, int maximum, int next) {
    state.flags = flags;
    state.size = size;
    state.maximumPages = maximum;
    assertThat(TwoWindowReadahead.nextSize(state)).isEqualTo(next);
    assertThat(state.flags & TwoWindowReadahead.MISS).isZero();
  }

  @Test
  void sequentialRead_fromTheStart_growsFrom8To32() {
    readPages(0, 1);
    assertThat(window.loads).containsExactly("0+8@0");
    readPages(1, 2);
    assertThat(window.loads).as("the ahead window comes with the second read").endsWith("8+16@0");
    readPages(2, 8);
    assertThat(window.loads).hasSize(2);
    readPages(8, 9);
    assertThat(window.loads).as("crossing into the ahead window").endsWith("24+32@0");
    assertThat(state.start).isEqualTo(8);
    assertThat(state.size).isEqualTo(16);
    readPages(9, 25);
    assertThat(window.loads).containsExactly("0+8@0", "8+16@0", "24+32@0", "56+32@0");
  }

  @Test
  void largeRead_beginsTheAheadWindowAtOnce() {
    window.read(policy(), state, 0, 64);
    assertThat(window.loads).containsExactly("0+32@0", "32+32@0", "64+32@0");
    assertThat(state.start).isEqualTo(32);
    assertThat(state.aheadStart).isEqualTo(64);
  }

  @Test
  void firstRead_inTheMiddle_isRandom() {
    readPages(100, 101);
    assertThat(window.loads).containsExactly("100+1@0");
    assertThat(state.size).isEqualTo(TwoWindowReadahead.OFF);
    readPages(101, 102);
    assertThat(window.loads).as("the next in order turns it on").endsWith("101+8@0");
    readPages(102, 103);
    assertThat(window.loads).endsWith("109+16@0");
  }

  @Test
  void readOutOfOrder_dropsBothWindows() {
    readPages(0, 10);
    window.loads.clear();
    window.read(policy(), state, 500, 3);
    assertThat(window.loads).containsExactly("500+3@0");
    assertThat(state.aheadStart).isZero();
    window.read(policy(), state, 1000, 100);
    assertThat(window.loads)
        .as("one read in pieces of the maximum: random, in order with two windows, shift, shift")
        .containsExactly(
            "500+3@0", "1000+32@0", "1032+32@0", "1064+32@0", "1096+32@0", "1128+32@0");
  }

  @Test
  void piecesOfOnePage_countOnce() {
    readPages(0, 1);
    window.read(policy(), state, 0, 1);
    window.read(policy(), state, 0, 1);
    assertThat(window.loads).containsExactly("0+8@0");
  }

  @Test
  void pageGoneBeforeItsUse_makesTheNextWindowSmaller() {
    readPages(0, 56);
    window.loads.clear();
    window.cached.clear(56);
    readPages(56, 57);
    // The window is shifted before the page is missed; the one after it is smaller.
    assertThat(window.loads).containsExactly("88+32@0");
    assertThat(state.flags & TwoWindowReadahead.MISS).isNotZero();
    readPages(57, 89);
    assertThat(window.loads).endsWith("120+30@0");
  }

  @Test
  void cachedFile_stopsReadaheadAfter256Pages() {
    window.cached.set(0, 4000);
    readPages(0, 1);
    assertThat(state.cacheHits).isEqualTo(8);
    // 8 + 16 + 32 × 7 = 248, the next 32 pass 256.
    readPages(1, 2000);
    assertThat(window.loads).hasSize(10);
    assertThat(state.flags).isEqualTo(TwoWindowReadahead.IN_CACHE);
    window.cached.clear(2000, 2100);
    readPages(2000, 2001);
    assertThat(window.loads).as("not asked while in cache").hasSize(10);
    assertThat(state.flags & TwoWindowReadahead.IN_CACHE).as("a miss ends it").isZero();
    readPages(2001, 2002);
    assertThat(window.loads).endsWith("2001+8@0");
  }

  @Test
  void congestedDevice_getsNoAheadWindow() {
    window.congested = true;
    readPages(0, 8);
    assertThat(window.loads).as("what is waited for is read").containsExactly("0+8@0");
    readPages(8, 9);
    assertThat(window.loads).as("now the reader waits for it").containsExactly("0+8@0", "8+16@0");
  }

  @Test
  void fault_readsAroundWithoutMark() {
    policy().faulted(window, state, 100);
    policy().faulted(window, state, 5);
    assertThat(window.loads).containsExactly("84+32@0", "0+32@0");
  }

  @Test
  void faults_missingFarMoreThanHitting_readAlone() {
    for (int i = 0; i < 100; i++) {
      policy().faulted(window, state, 40L * i);
    }
    assertThat(window.loads).hasSize(100);
    policy().faulted(window, state, 4500);
    assertThat(window.loads).hasSize(100);
    policy().faultsServed(state, 2);
    policy().faulted(window, state, 4600);
    assertThat(window.loads).hasSize(101);
  }

  @Test
  void explicitRequest_goesIn2MiBPieces() {
    policy().requested(window, state, 10, 1200);
    assertThat(window.loads).containsExactly("10+512@0", "522+512@0", "1034+176@0");
  }

  @Test
  void randomAdvice_readsPageByPage() {
    state.random = true;
    window.read(policy(), state, 0, 4);
    assertThat(window.loads).isEmpty();
  }
}
