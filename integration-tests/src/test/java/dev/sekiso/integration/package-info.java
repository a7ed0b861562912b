/**
 * The whole stack together, held against outside truths: {@code mke2fs}, {@code e2fsck}, the kernel
 * and real programs. All of it is in the test sources.
 */
package dev.sekiso.integration;
