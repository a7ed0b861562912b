/**
 * The asynchronous-I/O completion layer: one engine under POSIX AIO, {@code io_submit} and
 * submission rings.
 *
 * <p>A submission that can finish without waiting completes inline; direct I/O goes down with a
 * completion; buffered I/O that would wait is carried by a worker task of the {@code Machine}.
 * Every submission completes exactly once, in the order its file gives it, whichever way it was
 * asked for.
 */
package dev.sekiso.aio;
