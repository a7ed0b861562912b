package dev.sekiso.machine;

/** One subject of the {@link MachineContract}: what its tests are written with. */
abstract class MachineContractPart {

  static final long MILLISECOND = 1_000_000;

  /** The machine's own part. */
  abstract MachineContract contract();

  final Machine machine() {
    return contract().machine();
  }

  final void run(MachineContract.Program program) throws Throwable {
    contract().run(program);
  }

  final void cutPower() {
    contract().cutPower();
  }

  final void untilItWaits(Task task) {
    contract().untilItWaits(task);
  }

  final void untilAllHaveEnded() {
    contract().untilAllHaveEnded();
  }

  final Task spawn(String name, Runnable body) {
    return machine().spawn(name, TaskKind.USER, body);
  }

  final Task spawnWaiting(String name, Runnable body) {
    Task task = spawn(name, body);
    untilItWaits(task);
    return task;
  }
}
