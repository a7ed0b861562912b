/**
 * Drivers: what carries requests out.
 *
 * <p>{@link dev.sekiso.blockdev.driver.RamDriver} completes in place, {@link
 * dev.sekiso.blockdev.driver.FileDriver} lets worker tasks do blocking calls on the host.
 *
 * <p><b>What survives a power cut.</b> A driver belongs to a machine and dies with it. What it put
 * on its media does not: {@link dev.sekiso.blockdev.driver.Media} is an object of its own that the
 * caller keeps and hands to a new driver on a new machine; a file is opened again by its path. A
 * driver puts a write on its media before it completes it, or says that it has a volatile cache.
 */
package dev.sekiso.blockdev.driver;
