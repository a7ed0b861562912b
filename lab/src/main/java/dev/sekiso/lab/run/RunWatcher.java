package dev.sekiso.lab.run;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;

/** Is told when the jobs of a run begin and end, in the task that runs them. */
public interface RunWatcher {

  /** Watches nothing. */
  RunWatcher NONE =
      new RunWatcher() {
        @Override
        public void began(StorageStack stack) {}

        @Override
        public void ended(StorageStack stack) {}
      };

  /** The jobs' files are there and nothing is dirty; the jobs begin now. */
  void began(StorageStack stack) throws ErrnoException;

  /** All jobs have ended and all is synced. */
  void ended(StorageStack stack) throws ErrnoException;

  /** Both, one after the other. */
  default RunWatcher and(RunWatcher other) {
    RunWatcher first = this;
    return new RunWatcher() {
      @Override
      public void began(StorageStack stack) throws ErrnoException {
        first.began(stack);
        other.began(stack);
      }

      @Override
      public void ended(StorageStack stack) throws ErrnoException {
        first.ended(stack);
        other.ended(stack);
      }
    };
  }
}
