/**
 * The {@code sekiso} command: options and their help, progress, tables and exit codes.
 *
 * <p>It holds no logic of its own: each command turns its arguments into a call on the lab or the
 * stack, and turns the result into text, CSV or JSON.
 *
 * <p>{@link dev.sekiso.cli.Main} makes the command line and lists the commands; each is a class
 * whose {@code call} is its work. What a command prints goes to the streams that {@code Main} was
 * given, so that commands can be run within a test. A command fails by throwing: {@code Main} turns
 * what it knows into one line on the error stream and exit code 1, and what it does not know into a
 * line that asks for {@code --debug}. Bad arguments, among them choices that the stack does not
 * know, end with exit code 2 before anything is opened.
 *
 * <p>{@code run}, {@code compare} and {@code explain} share the options that say what a stack is to
 * be: {@link dev.sekiso.cli.StackOptions} turns them into keys of the stack's configuration. {@link
 * dev.sekiso.cli.ProgressLine} shows on the error stream how far a run has come, and nothing where
 * that is no terminal; results never share a stream with it. {@code simulate} builds no stack.
 *
 * <p>{@code explain} prints what the layers told the tracer while one call ran ({@link
 * dev.sekiso.cli.ExplainedStory}); it adds nothing of its own, so what is not traced is not told.
 *
 * <p>{@code fs} opens a stack on the image for one command and closes it, which syncs and unmounts,
 * however the command ends. Commands that only read mount read-only over a driver that refuses to
 * write, so they leave the image as it is to the last byte. A command runs in the thread that
 * called it; the one other thread is the progress line's, which only looks.
 */
package dev.sekiso.cli;
