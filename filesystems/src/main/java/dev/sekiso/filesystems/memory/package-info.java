/**
 * Device files without a device: {@code /dev/null}, {@code /dev/zero}, {@code /dev/full} (the
 * kernel's {@code drivers/char/mem.c}).
 *
 * <p>{@link dev.sekiso.filesystems.memory.MemoryDevices} stands before the block devices as the
 * VFS's {@link dev.sekiso.vfs.DeviceFiles}: it answers for character devices with major number 1
 * and passes everything else on. A mapping of {@code /dev/zero} is memory of the process's own.
 */
package dev.sekiso.filesystems.memory;
