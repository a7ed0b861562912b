/** Targets: block devices over block devices, each changing one thing about what is below. */
package dev.sekiso.blockdev.target;
