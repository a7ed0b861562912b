/**
 * Block devices: bios in, sectors out.
 *
 * <h2>The parts</h2>
 *
 * A {@link dev.sekiso.blockdev.Bio} says what is wanted. A {@link dev.sekiso.blockdev.BlockDevice}
 * takes it: a {@link dev.sekiso.blockdev.RequestQueue} over a {@link
 * dev.sekiso.blockdev.BlockDriver}, or a target over other devices ({@code target}). The queue
 * makes {@link dev.sekiso.blockdev.Request}s of bios, a {@code scheduler} puts them in order, a
 * {@code driver} carries them out.
 *
 * <p>{@link dev.sekiso.blockdev.DirectQueue} is the same without any of it: bios go straight to the
 * driver.
 *
 * <h2>Alone</h2>
 *
 * The module needs {@code machine} and nothing else:
 *
 * <pre>{@code
 * try (SystemMachine machine = new SystemMachine();
 *     BlockDevice device =
 *         new RequestQueue(
 *             machine,
 *             "sda",
 *             FileDriver.open(machine, Path.of("disk.img"), FileDriver.Options.DEFAULT),
 *             host -> new NoneScheduler())) {
 *   BlockIo io = new BlockIo(machine, device);
 *   MemorySegment block = Arena.ofAuto().allocate(4096, 4096);
 *   io.read(0, block);
 *   io.writeDurably(8, block);
 * }
 * }</pre>
 *
 * <h2>The life of a bio</h2>
 *
 * Built by its submitter, handed over by {@code submit}, checked and cut into parts, each part
 * merged into a request or made one, ended by the driver's completion of that request, with an
 * error if anything went wrong with any part. It ends exactly once. Its completion may run
 * anywhere, also before {@code submit} returns, and must not wait; it may submit.
 *
 * <h2>Locking</h2>
 *
 * One plain lock per queue, told of in {@link dev.sekiso.blockdev.RequestQueue}. It is never held
 * while the driver, a completion or a task that is woken runs, so a driver may complete in place
 * and a completion may submit, to any depth, without deadlock or recursion.
 *
 * <h2>Durability</h2>
 *
 * A write that has completed is durable if the device's limits tell of no volatile cache, or once a
 * flush submitted after its completion has completed, or if it had {@code FORCE_UNIT_ACCESS}. What
 * a device lacks of this the queue makes up for by flushes.
 */
package dev.sekiso.blockdev;
