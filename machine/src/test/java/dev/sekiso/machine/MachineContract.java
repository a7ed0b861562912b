package dev.sekiso.machine;

import org.junit.jupiter.api.Nested;

/**
 * What every {@link Machine} promises. A machine proves itself by one subclass, which says how to
 * run a program on one; each subject is a nested class.
 */
public abstract class MachineContract {

  /** A program that runs as a task. */
  @FunctionalInterface
  public interface Program {
    void run() throws Throwable;
  }

  /** The machine under test: one per test. */
  protected abstract Machine machine();

  /** Runs the program as a task of the machine. */
  protected abstract void run(Program program) throws Throwable;

  /** Cuts the machine's power. */
  protected abstract void cutPower();

  /** Called by a task: returns when the other one waits. */
  protected abstract void untilItWaits(Task task);

  /** Called after {@link #run}: returns when all tasks have ended, however the run went. */
  protected abstract void untilAllHaveEnded();

  @Nested
  class WaitQueues extends WaitQueueContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }

  @Nested
  class Locks extends LockContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }

  @Nested
  class Timers extends TimerContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }

  @Nested
  class Tasks extends TaskContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }

  @Nested
  class Time extends TimeContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }

  @Nested
  class Power extends PowerContract {
    @Override
    MachineContract contract() {
      return MachineContract.this;
    }
  }
}
