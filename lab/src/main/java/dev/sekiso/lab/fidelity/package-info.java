/**
 * Comparison with a real kernel: recordings of what Linux did, replayed against the stack.
 *
 * <p>{@link dev.sekiso.lab.fidelity.Fidelity} finds the recordings and gives each to the {@code
 * FamilyReplay} of its kind: {@code OperationReplay} for operations done one after the other,
 * {@code PeriodicReplay} for the times of writeback, {@code RecordedReplacement} for the hit ratios
 * of page replacement. {@link dev.sekiso.lab.fidelity.FidelityReport} sums up; {@link
 * dev.sekiso.lab.fidelity.FidelityText} and {@link dev.sekiso.lab.fidelity.FidelityJson} are its
 * two shapes.
 *
 * <h2>A replay</h2>
 *
 * <p>{@code RecordedStack} builds the stack of the recording's header in virtual time. The file is
 * one run of blocks as the recorder's was one extent, which needs {@code ContiguousFile}: ext2
 * would put the blocks of its own map in between. The map is read before anything is counted, as
 * the kernel's inode with its extents was in memory.
 *
 * <p>{@code Operations} does the operations, {@code Stack} looks after each, once the device is
 * idle, at what the recorder looked at: the call's result, resident and dirty pages, the
 * tracepoints ({@code OperationTrace}). {@code Kernel} says the recording's entry in the same
 * words, so that comparing is comparing texts, and a difference can be read.
 *
 * <h2>What counts</h2>
 *
 * <p>Every {@link dev.sekiso.lab.fidelity.Aspect} has a share of its own: of return values every
 * operation, of the others those operations in which something of the kind happened, here or there.
 * What a recording calls not deterministic is not counted, or only as far as it is. Requests for
 * anything but the test file's data belong to the recorder's file system and are left out on both
 * sides. Shares are cut, never rounded up.
 */
package dev.sekiso.lab.fidelity;
