/**
 * What {@code msync(2)} does, by era.
 *
 * <table>
 *   <caption>The three eras</caption>
 *   <tr><th>until</th><th>policy</th><th>MS_ASYNC</th><th>MS_SYNC</th><th>who knows of stores</th></tr>
 *   <tr><td>2.5.67</td><td>{@link dev.sekiso.pagecache.msync.WritingMsync}</td>
 *       <td>scans page tables, starts I/O</td><td>scans, writes the file</td><td>page tables</td></tr>
 *   <tr><td>2.6.16</td><td>{@link dev.sekiso.pagecache.msync.ScanningMsync}</td>
 *       <td>scans page tables</td><td>scans, writes the file</td><td>page tables</td></tr>
 *   <tr><td>today</td><td>{@link dev.sekiso.pagecache.msync.TrackedMsync}</td>
 *       <td>nothing</td><td>ranged fsync, area by area</td><td>the page cache</td></tr>
 * </table>
 *
 * <p>A policy is a few lines: the checks of the call, the walk over areas, gaps and locks are the
 * page cache's. It holds no state and serves all tasks at once.
 */
package dev.sekiso.pagecache.msync;
