/**
 * Throttles: one file, one policy; the parts of a larger one beside it.
 *
 * <ul>
 *   <li>{@link dev.sekiso.writeback.throttle.PosRatioThrottle}, {@code pos-ratio}: rates found by
 *       feedback, as Linux since 3.2. Its parts: {@code PositionRatio} (where the dirty pages are),
 *       {@code RateLimit} (what balances the device), {@code Pauses} (how that becomes sleep).
 *   <li>{@link dev.sekiso.writeback.DirtyThrottle#NONE}, {@code none}.
 * </ul>
 *
 * <p>A throttle is called by the task that has dirtied pages, with no page lock held, and may put
 * it to sleep.
 */
package dev.sekiso.writeback.throttle;
