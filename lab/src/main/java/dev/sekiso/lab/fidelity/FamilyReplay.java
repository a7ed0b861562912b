package dev.sekiso.lab.fidelity;

import dev.sekiso.machine.ErrnoException;

/** Replays one kind of recording. Stateless: a replay is a function of its recording. */
interface FamilyReplay {

  /** Whether this kind is its. */
  boolean replays(Recording recording);

  /**
   * Does what was recorded and compares.
   *
   * @throws RecordingException when the recording asks for what no recording can ask for
   * @throws ErrnoException when the stack cannot be built, or fails outside of any operation
   */
  ReplayResult replay(Recording recording) throws RecordingException, ErrnoException;
}
