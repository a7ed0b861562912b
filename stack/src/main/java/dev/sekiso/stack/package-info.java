/**
 * The assembly of the layers: everything that can be chosen by name, what is chosen, and one object
 * that holds the result.
 *
 * <h2>From words to a stack</h2>
 *
 * <ol>
 *   <li>{@link dev.sekiso.stack.StackCatalog} knows the names. A {@link dev.sekiso.stack.Seam} is a
 *       place where something is chosen; {@link dev.sekiso.stack.Seams} lists them. Guice modules,
 *       one per layer ({@code MachineModule}, {@code BlockModule}, {@code PageCacheModule}, …),
 *       bind a {@link dev.sekiso.stack.Choice} under each name in the seam's map: its factory, its
 *       parameters, one line about it and its source. A {@link dev.sekiso.stack.StackPlugin} brings
 *       modules of a third party.
 *   <li>{@link dev.sekiso.stack.StackSettings} knows the keys. A profile, configuration files and
 *       the builder's options each give keys values ({@code Configuration}); the last one wins, and
 *       each value remembers who gave it. A {@link dev.sekiso.stack.Setting} knows type, range and
 *       meaning of a key or of a choice's parameter. Values that choose something are {@link
 *       dev.sekiso.stack.Selection}s: a name with an argument, inner selections and parameters, as
 *       in {@code volatile-cache(file:disk.img)?seed=7}.
 *   <li>{@link dev.sekiso.stack.StorageStack.Builder} collects all that ({@code Blueprint}); {@code
 *       Assembly} looks the choices up and opens the layers with plain constructors.
 * </ol>
 *
 * <p>The container ends there: it holds the choices, not the layers. So one catalog serves any
 * number of stacks at one time, an injector is made once (it is what takes longest when a program
 * starts), and the order of opening and closing is written down in one method instead of following
 * from a graph.
 *
 * <h2>Life</h2>
 *
 * <p>Opened from the bottom up: machine, devices, page cache, writeback, VFS, mounts (formatted
 * before if they are to be), asynchronous I/O. Whatever is open is noted in {@code Releases}, so
 * that a failure on the way, and closing, release it in reverse: asynchronous I/O is drained, file
 * systems unmounted (which syncs them), flushers ended, memory freed, queues drained, drivers
 * closed, and last the machine, if the stack made it. Closing takes every step whatever the others
 * do, and tells the first failure with the others suppressed in it.
 *
 * <p>When the power is cut nothing is closed in order: there is no machine to wait on. What belongs
 * to the host (memory, open files) is given back, the rest is garbage. Devices keep what their
 * model says; a stack built later finds it, by the file's name or by {@link
 * dev.sekiso.stack.Outcome#media}.
 *
 * <h2>Processes' memory</h2>
 *
 * <p>Neither the VFS nor the page cache may know the other, and mapping a file takes both. They
 * meet here: {@link dev.sekiso.stack.ProcessMemory} asks the VFS for a file to be mapped, and gives
 * it, dressed as the page cache's {@code MappedFile} ({@code OpenMappedFile}), to a memory map.
 *
 * <h2>Virtual time</h2>
 *
 * <p>Mounting and closing wait for I/O, so on a simulated machine a task of that machine has to do
 * it. {@link dev.sekiso.stack.StorageStack.Builder#run} does: it makes the machine, builds, runs
 * the task, syncs and closes, all on the machine, and works the same in real time.
 *
 * <h2>Locking</h2>
 *
 * <p>A catalog, settings and a finished stack are immutable here; what may be called when is the
 * layers' affair. A builder belongs to one task, and so do building and closing.
 */
package dev.sekiso.stack;
