/**
 * JMH benchmarks that stand side by side with what a user would pick instead, so that every figure
 * is a ratio measured in one run.
 *
 * <p>{@code mvn package} makes {@code target/benchmarks.jar} with everything it needs in {@code
 * lib} beside it:
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar CachedReads -prof gc         # JMH's own command
 * java -cp benchmarks/target/benchmarks.jar dev.sekiso.benchmarks.Ratios  # against the targets
 * java -cp benchmarks/target/benchmarks.jar dev.sekiso.benchmarks.Ratios --quick
 * }</pre>
 *
 * <h2>What each shows</h2>
 *
 * <ul>
 *   <li>{@link dev.sekiso.benchmarks.CachedReads}: a cached 4 KiB page, copied out of the page
 *       cache alone, read through the whole stack, and read from the kernel's page cache with
 *       {@code FileChannel}, beside the bare copy of a random page of as much memory, and the same
 *       from huge pages, which the page cache's memory is on.
 *   <li>{@link dev.sekiso.benchmarks.PinnedReads}: eight bytes of a page that is pinned for it, or
 *       has been, beside a plain read of one large segment.
 *   <li>{@link dev.sekiso.benchmarks.Neo4jReads}: both of Neo4j's page cache.
 *   <li>{@link dev.sekiso.benchmarks.TightReads}: reads with memory for a quarter of the pages, so
 *       that nearly each needs a victim, by the page cache alone and on a stack on {@code ram:}.
 *   <li>{@link dev.sekiso.benchmarks.DirtyMarks}: marking pages dirty and having them written, the
 *       same few pages among few and among many.
 *   <li>{@link dev.sekiso.benchmarks.ColdReads} and {@link dev.sekiso.benchmarks.DurableWrites}: a
 *       GiB from and to the host's disk, beside {@code FileChannel} doing the same.
 *   <li>{@link dev.sekiso.benchmarks.Footprint}: bytes of memory a resident page costs beside its
 *       data. A program, no benchmark.
 * </ul>
 *
 * <p>{@link dev.sekiso.benchmarks.Ratios} runs them all in rounds: each round forks one virtual
 * machine for each contestant, so that what else the computer does meets them alike. A contestant's
 * figure is the median over the rounds of the median of its iterations.
 *
 * <h2>How they are made</h2>
 *
 * <p>What is measured stands in a state of its own, set up only for the methods that ask for it:
 * {@code BareMemory}, {@code CachedPages}, {@code CachedStack}, {@code TightPages}, {@code
 * TightStack}, {@code KernelFile}, {@code Neo4jPages}. {@code Resident} says how many pages there
 * are, {@code PageOrder} which one a thread reads next: uniformly, or by Zipf's law with exponent
 * 0.99. All read the same orders.
 *
 * <p>What goes to the disk differs in what is behind it. The kernel's page cache has the computer's
 * memory, so a GiB that is written stays below its background threshold and goes to the disk in one
 * piece at the {@code fsync}, from memory that it freed a moment ago. The stack that writes has 256
 * MiB, of which a fifth may be dirty: its writer is held to the disk's speed by the dirty throttle,
 * and waits at the {@code fsync} for little but the disk's own cache. The stack that reads has room
 * for what it reads, as the kernel has. {@code TouchedMemory} sees to it that this memory is there
 * before the clock starts. The image is sparse, so that the host gives blocks while it is written,
 * as it does to the new file of {@code FileChannel}.
 *
 * <p>Neo4j's page cache is under the GPL. It is a dependency of this module alone, which nothing
 * depends on and which is never deployed.
 */
package dev.sekiso.benchmarks;
