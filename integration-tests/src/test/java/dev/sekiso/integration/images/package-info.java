/**
 * Images that others filled are read by us, and images that we filled are read by others: {@code
 * mke2fs}, {@code e2fsck} and the kernel, with the file's every attribute.
 */
package dev.sekiso.integration.images;
