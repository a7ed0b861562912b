/**
 * Drivers: what carries requests out.
 *
 * <ul>
 *   <li>{@link dev.sekiso.blockdev.driver.RamDriver}: memory, done in place.
 *   <li>{@link dev.sekiso.blockdev.driver.FileDriver}: a file of the host, by worker tasks that
 *       block where a driver must not.
 *   <li>{@link dev.sekiso.blockdev.driver.SimDriver}: a modelled disk. A mechanism says when things
 *       happen ({@link dev.sekiso.blockdev.driver.HddModel} or {@link
 *       dev.sekiso.blockdev.driver.SsdModel} has its numbers, each with its source); a write buffer
 *       and a {@link dev.sekiso.blockdev.driver.Media} say what the data is.
 * </ul>
 *
 * <p><b>What survives a power cut.</b> A driver belongs to a machine and dies with it. What it put
 * on its media does not: {@link dev.sekiso.blockdev.driver.Media} is an object of its own that the
 * caller keeps and hands to a new driver on a new machine; a file is opened again by its path. A
 * driver puts a write on its media before it completes it, or says that it has a volatile cache.
 *
 * <p><b>Locking.</b> Each driver has at most one plain lock of its own, and completes requests
 * without it. The queue's lock is never held when a driver is called, nor a driver's when the queue
 * is.
 *
 * <p>A new driver subclasses the kit {@code BlockDriverContract} of the tests jar.
 */
package dev.sekiso.blockdev.driver;
