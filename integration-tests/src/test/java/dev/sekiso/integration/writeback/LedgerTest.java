package dev.sekiso.integration.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.integration.writeback.Ledger.Listener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger believes of calls that overlap. One cell holds 1, which is durable, then 2. */
final class LedgerTest {

  private final Ledger ledger = new Ledger(1, 1);
  private final Listener listener = ledger.open();
  private long since;

  @BeforeEach
  void writeTwice() {
    ledger.written(ledger.writing(0, 1, 1));
    ledger.asking(listener);
    ledger.durable(listener, 0, 1, ledger.now());
    ledger.answered(listener);
    ledger.written(ledger.writing(0, 1, 2));
    since = ledger.now();
  }

  private String complaintOfOne() {
    return ledger.complaint(new long[] {1});
  }

  @Test
  void complaint_whenOneCallHasSucceeded_isOfTheOlderValue() {
    assertThat(complaintOfOne()).isNull();
    ledger.asking(listener);
    ledger.durable(listener, 0, 1, since);
    ledger.answered(listener);
    assertThat(complaintOfOne()).contains("[2]");
  }

  @Test
  void complaint_whenAnOverlappingCallOfTheOpenFileHasBeenToldOfTheLoss_isNone() {
    ledger.asking(listener);
    ledger.asking(listener);
    ledger.durable(listener, 0, 1, since);
    ledger.answered(listener);
    ledger.told(listener);
    ledger.answered(listener);
    assertThat(complaintOfOne()).isNull();
  }

  @Test
  void complaint_whenAllOverlappingCallsHaveSucceeded_isOfTheOlderValue() {
    ledger.asking(listener);
    ledger.asking(listener);
    ledger.durable(listener, 0, 1, since);
    ledger.answered(listener);
    assertThat(complaintOfOne()).isNull();
    ledger.durable(listener, 0, 1, since);
    ledger.answered(listener);
    assertThat(complaintOfOne()).contains("[2]");
  }

  @Test
  void complaint_whenACallOfAnotherOpenFileHasBeenTold_isOfTheOlderValue() {
    Listener other = ledger.open();
    ledger.asking(other);
    ledger.asking(listener);
    ledger.durable(listener, 0, 1, since);
    ledger.answered(listener);
    ledger.told(other);
    ledger.answered(other);
    assertThat(complaintOfOne()).contains("[2]");
  }
}
