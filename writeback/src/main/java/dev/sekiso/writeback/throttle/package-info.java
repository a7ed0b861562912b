/**
 * Throttles: one file, one policy; the parts of a larger one beside it.
 *
 * <ul>
 *   <li>{@link dev.sekiso.writeback.throttle.PosRatioThrottle}, {@code pos-ratio}: rates found by
 *       feedback, as Linux since 3.2. Its parts: {@code Standing} (how many pages are dirty and may
 *       be), {@code PositionRatio} (what that asks of writers), {@code RateLimit} (what balances
 *       the device), {@code Pauses} (how that becomes sleep).
 *   <li>{@link dev.sekiso.writeback.throttle.RateLimitThrottle}, {@code ratelimit}: a writer over
 *       the limit writes pages itself, as Linux 2.6.
 *   <li>{@link dev.sekiso.writeback.DirtyThrottle#NONE}, {@code none}.
 * </ul>
 *
 * <p>A throttle is called by the task that has dirtied pages, with no page lock held, and may put
 * it to sleep.
 */
package dev.sekiso.writeback.throttle;
