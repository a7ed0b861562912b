package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.Vfs;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A whole stack on {@code ram:}, with memory for a quarter of the file. */
@State(Scope.Benchmark)
public class TightStack {

  private StackFile file;
  Vfs vfs;

  @Setup
  public void setUp(Resident resident) throws ErrnoException {
    file = StackFile.inMemory(resident.pages, resident.bytes() / 4);
    vfs = file.vfs;
  }

  @TearDown
  public void tearDown() throws ErrnoException {
    file.close();
  }

  /** A thread's open file. */
  @State(Scope.Thread)
  public static class Opened {
    OpenFile file;

    @Setup
    public void setUp(TightStack stack) throws ErrnoException {
      file = stack.file.open();
    }
  }
}
