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
 *
 * <h2>Known differences</h2>
 *
 * <ul>
 *   <li>ext4 gives a file its new blocks when they are written back, ext2 when they are stored to.
 *       So pages added out of order lie in order there and not here, and a first look at a group's
 *       bitmap falls between two requests there. For the same reason ext4 sends the pages whose
 *       blocks it knows in a bio of their own ({@code ext4_do_writepages} submits before it maps);
 *       under the plug they are one request again.
 *   <li>A large folio that reaches over the end of the file by whole blocks begins another bio in
 *       ext4 ({@code mpage_process_page_bufs} ends its first pass there).
 *   <li>Reads of more than 128 pages are cut where the pages happen not to be neighbours in memory:
 *       a request has at most 128 segments. The recorder's memory is not known.
 * </ul>
 */
package dev.sekiso.lab.fidelity;
