/** What devices of this module share and nobody else uses. */
package dev.sekiso.blockdev.internal;
