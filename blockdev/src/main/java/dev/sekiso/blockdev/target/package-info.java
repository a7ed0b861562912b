/**
 * Targets: block devices over block devices, each changing one thing about what is below.
 *
 * <ul>
 *   <li>{@link dev.sekiso.blockdev.target.VolatileCache}: what a power cut takes away.
 *   <li>{@link dev.sekiso.blockdev.target.FaultyDevice}: errors where and when a {@link
 *       dev.sekiso.blockdev.target.Fault} says so.
 * </ul>
 *
 * <p>A target takes bios on any device's terms, sends bios of its own down ({@link
 * dev.sekiso.blockdev.Bio#part} keeps the submitter's context), and completes the submitter's when
 * those below have ended. It calls what is below and completes what is above without a lock of its
 * own held, since either may come back to it in the same thread; where it can complete in place it
 * does so through a trampoline, so that completions which submit do not recurse. Plugging is left
 * to the device below. Closing a target closes what it stands on.
 */
package dev.sekiso.blockdev.target;
