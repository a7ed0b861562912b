/**
 * Asynchronous I/O: a transfer is handed over, its submitter goes on, and hears when it has ended.
 *
 * <h2>Two levels</h2>
 *
 * <p>{@link dev.sekiso.aio.CompletionEngine} carries {@link dev.sekiso.aio.Transfer}s out and tells
 * each one's listener exactly once; it is the one place that decides who waits for the data. {@link
 * dev.sekiso.aio.PosixAio} is what programs see: control blocks with the states and rules of {@code
 * aio(7)}. Other faces of asynchronous I/O stand beside it, on the same engine.
 *
 * <h2>The engines</h2>
 *
 * <p>{@link dev.sekiso.aio.WorkerEngine} ({@code engine}): a read is first tried without waiting,
 * in the submitter; what would have to wait goes to a worker task of the machine. Transfers of one
 * file run side by side, but writes to its end keep their order, and a sync waits for what was
 * queued before it. {@link dev.sekiso.aio.InlineEngine} ({@code inline}): every transfer is carried
 * out in the submitter before {@code submit} returns.
 *
 * <h2>Life of a transfer</h2>
 *
 * <pre>
 *   submit ──► [held back by its file's order] ──► ready ──► running ──► ended: listener
 *      │                    │                        │
 *      │                    └────────── cancel ──────┴─────► ended with ECANCELED: listener
 *      └── nothing to wait for ───────────────────────────► ended: listener
 * </pre>
 *
 * <h2>Locking</h2>
 *
 * <p>One plain lock per engine guards its queues and the transfers' states; it is never held while
 * a transfer runs or a listener is called. Listeners run in the worker, or in the submitter when
 * the transfer ended inline; they must not wait. A control block's state is one volatile reference;
 * one wait queue of {@code PosixAio} is woken at each end.
 */
package dev.sekiso.aio;
