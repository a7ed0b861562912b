/**
 * The assembly of the layers: one Guice module per layer, every policy bound by name, and profiles
 * that name a whole set of choices.
 *
 * <p>This is the lowest package that knows a container. It reads configuration, picks the named
 * implementation for each seam, and hands out one {@code StorageStack} whose parts share one {@code
 * Machine} and no static state.
 */
package dev.sekiso.stack;
