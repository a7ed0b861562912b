package dev.sekiso.stack;

/** What is done with a stack by {@link StorageStack.Builder#run}. */
@FunctionalInterface
public interface StackTask<T, X extends Exception> {

  /** Runs as a user task of the stack's machine. */
  T run(StorageStack stack) throws X;
}
