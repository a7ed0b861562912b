/**
 * Dirty data of the whole stack, under everything that happens to it at once: nothing is lost that
 * nobody was told of.
 */
package dev.sekiso.integration.writeback;
