/**
 * Flushers: one file, one policy.
 *
 * <ul>
 *   <li>{@link dev.sekiso.writeback.flusher.PerBdiFlusher}, {@code per-bdi}: a task per device and
 *       control group, as Linux since 2.6.32.
 *   <li>{@link dev.sekiso.writeback.flusher.PdflushFlusher}, {@code pdflush}: a pool of two to
 *       eight tasks for all devices, as Linux 2.6 until 2.6.31.
 *   <li>{@link dev.sekiso.writeback.flusher.ManualFlusher}, {@code manual}: only who waits writes.
 * </ul>
 *
 * <p>A flusher sees a {@link dev.sekiso.writeback.BdiWriteback} and decides when, and in which
 * task, its {@code writeOut} runs. It may be late, which leaves more in memory, but it cannot lose
 * anything.
 */
package dev.sekiso.writeback.flusher;
