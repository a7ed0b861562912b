package dev.sekiso.aio;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What POSIX promises about the order of transfers of one file: writes to its end happen in the
 * order they were queued, and a sync covers what was queued before it. Reads and writes at
 * positions overtake each other. Guarded by the engine's lock.
 */
final class FileOrder {

  private final TreeMap<Long, Transfer> unfinished = new TreeMap<>();
  private final TreeMap<Long, Transfer> unfinishedAppends = new TreeMap<>();
  private final TreeMap<Long, Transfer> unfinishedSyncs = new TreeMap<>();

  void add(Transfer transfer) {
    ofKind(transfer).put(transfer.sequence, transfer);
  }

  void remove(Transfer transfer) {
    ofKind(transfer).remove(transfer.sequence);
  }

  private TreeMap<Long, Transfer> ofKind(Transfer transfer) {
    if (transfer.isSync()) {
      return unfinishedSyncs;
    }
    return transfer.appends() ? unfinishedAppends : unfinished;
  }

  /** Whether nothing queued earlier holds the transfer back. */
  boolean allows(Transfer transfer) {
    if (transfer.isSync()) {
      return isBefore(transfer, unfinished) && isBefore(transfer, unfinishedAppends);
    }
    return !transfer.appends() || unfinishedAppends.firstKey() == transfer.sequence;
  }

  private static boolean isBefore(Transfer transfer, TreeMap<Long, Transfer> others) {
    return others.isEmpty() || others.firstKey() > transfer.sequence;
  }

  /** Those that may have been waiting for another's end. */
  List<Transfer> held() {
    List<Transfer> held = new ArrayList<>();
    if (!unfinishedAppends.isEmpty()) {
      held.add(unfinishedAppends.firstEntry().getValue());
    }
    for (Transfer sync : unfinishedSyncs.values()) {
      if (!allows(sync)) {
        break;
      }
      held.add(sync);
    }
    held.removeIf(transfer -> transfer.state != Transfer.State.HELD);
    return held;
  }

  boolean isEmpty() {
    return unfinished.isEmpty() && unfinishedAppends.isEmpty() && unfinishedSyncs.isEmpty();
  }
}
