package dev.sekiso.filesystems.block;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whether a folio may leave, by who holds buffers in it. */
class HeldBuffersTest {

  private final BlockStates states = new BlockStates(4);

  @Test
  void folio_mayLeave_onceEveryBufferIsGivenBack() {
    assertThat(states.hold()).isTrue();
    assertThat(states.hold()).isTrue();
    assertThat(states.leave()).isFalse();
    states.letGo();
    assertThat(states.leave()).isFalse();
    states.letGo();
    assertThat(states.leave()).isTrue();
  }

  @Test
  void leavingFolio_givesNoBuffer_butToWhoHasItsLock() {
    assertThat(states.leave()).isTrue();
    assertThat(states.leave()).isTrue();
    assertThat(states.hold()).isFalse();
    states.holdLocked();
    assertThat(states.hold()).isTrue();
    assertThat(states.leave()).isFalse();
  }
}
