/**
 * The suite of file contents: what was written is read, however it is done, in every combination of
 * swapped layers, kinds of file and machines.
 *
 * <p>{@code FileContentsContract} holds for everything that has contents, {@code
 * GrowingFileContract} besides for files that grow and have names. A kind of file is a subclass
 * ({@code Ext2ContentsTest}, {@code RamContentsTest}, {@code BlockDeviceContentsTest}); what one
 * cannot do, its subclass shows to be refused with the errno Linux gives. Each class runs for every
 * {@code Combination}. After each test {@link dev.sekiso.integration.invariants.CheckedStacks}
 * looks at the stack.
 */
package dev.sekiso.integration.contents;
