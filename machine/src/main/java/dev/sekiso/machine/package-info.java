/**
 * Time, tasks, waiting, timers, tracing and the power supply: all a layer may know of the world.
 *
 * <p>A layer is written against {@link dev.sekiso.machine.Machine} and never asks the JDK for the
 * time, a thread, a sleep or a lock to hold across I/O. Then the same code runs in real time on
 * {@link dev.sekiso.machine.SystemMachine} and in virtual time on {@link
 * dev.sekiso.machine.SimulatedMachine}, where thirty days pass in a test of milliseconds and a race
 * found once is found again by its seed. This module depends on nothing but the JDK and knows
 * nothing of storage.
 *
 * <h2>Time</h2>
 *
 * <p>Nanoseconds in a {@code long}: {@code nanoTime} since an origin (a simulated machine's boot is
 * 0), {@code realTimeNanos} since 1970, {@code coarseRealTimeNanos} the same as of the last tick,
 * which ticks only while somebody asks. Sums saturate: 292 years from now means never. On a
 * simulated machine time stands still while a task runs; it moves only when nobody can run, to the
 * next event. Work that should take time says so: {@code spendProcessorTime}.
 *
 * <h2>Tasks and interrupt context</h2>
 *
 * <p>Code runs in one of two ways. A <em>task</em> may wait. <em>Interrupt context</em> may not:
 * timers' actions, and power-cut listeners. It shows as task 0, {@code "<idle>"}, acts as {@link
 * dev.sekiso.machine.TaskContext#ROOT}, changes state, wakes waiters, starts further work; waiting
 * there throws {@code IllegalStateException} even when there would be nothing to wait for, as far
 * as a check costs nothing. A device's completion is a timer's action (a modelled device) or runs
 * in a task of the driver (a real one); written for the first, it works in the second.
 *
 * <p>A task is born by {@code spawn}, which gives it a name, a context and a kind: {@code USER}
 * work keeps a simulation going, {@code DAEMON}s serve and end with the machine. It ends when its
 * body does. What a body throws is told to who {@linkplain dev.sekiso.machine.Task#join() joins}; a
 * failure nobody waits for stops a simulation at once, and on a system machine is told by {@code
 * close} (a daemon's also by the uncaught exception handler). Nothing fails silently.
 *
 * <h2>Waiting</h2>
 *
 * <p>There are three ways to wait for somebody else: a {@link dev.sekiso.machine.WaitQueue} for a
 * condition, a {@link dev.sekiso.machine.SleepingLock} (or its readers-writer kin) for a turn, and
 * {@code join}. The rule of the queue: the waker changes the state, then wakes; the waiter stands
 * in line, then checks. So one of the two sees the other. A wake-up is a hint to check again, never
 * a promise; {@code wakeOne}'s hint is passed on by a waiter that leaves without having used it.
 * Locks are handed over: who releases one that is waited for makes the first waiter its owner.
 *
 * <p>Just before a task waits, its {@linkplain dev.sekiso.machine.Task#setBeforeSleep hook} runs,
 * once for each wait, when the wait cannot be avoided; the hook may make the condition true, so it
 * is checked again. The kernel flushes a task's plug at the same place.
 *
 * <h2>Scheduling points</h2>
 *
 * <p>On a simulated machine another task can run only when the running one waits (in a queue, for a
 * taken lock, for a task to end), sleeps, spends processor time, yields, spawns or ends. Not when
 * it wakes others, takes a free lock, finds its condition true, or schedules a timer. Between two
 * scheduling points its reads and writes are atomic. That hides data races of plain memory, which
 * is why the same contract tests run on the system machine too.
 *
 * <h2>Why a run is a function of its seed</h2>
 *
 * <p>By induction over events. The state of a simulation is its tasks' stacks and memory, the set
 * of runnable tasks in a list, the heap of events, the lines of queues and locks, the time, and the
 * generator's state. One thread at a time touches it, and between two scheduling points it runs
 * deterministic code, provided the program uses {@code Machine} alone for time, chance and tasks.
 * At a scheduling point the next step is a function of that state: the list's order and the lines
 * are the result of earlier steps, the heap orders events by time and by a number drawn when they
 * were made, and the draw that picks among the runnable comes from the generator. Hash codes,
 * addresses, thread ids and real time enter nowhere. What a program must avoid on its own:
 * iterating over identity-hashed sets, static counters that survive a run, and threads.
 *
 * <h2>Memory</h2>
 *
 * <p>{@link dev.sekiso.machine.HugePages} gives large regions outside the heap that are reached as
 * fast as the kernel reaches its own.
 *
 * <h2>Power</h2>
 *
 * <p>When the power is cut, {@code powered()} turns false, then the listeners run (devices decide
 * what they keep), then the machine is dead: no timer runs any more and every task ends by a {@link
 * dev.sekiso.machine.PowerCut} from its ongoing or next call. On a dead machine looking and letting
 * go still work: time, the current task, {@code unlock}, {@code cancel}. So {@code finally} blocks
 * that unlock hide nothing, and those that try to wait get {@code PowerCut} again. A simulation
 * lets its tasks die one after another; on a system machine they die side by side, and a listener
 * may run while a task still does, as with a real plug: a device asks {@code powered()}.
 *
 * <h2>Locking</h2>
 *
 * <p>{@code SimulatedMachine}: one baton guards everything; a volatile write passes it. {@code
 * SystemMachine}: each queue and each lock has a guard for its line, held for a few pointer writes;
 * nobody waits or does I/O under it; a task is in one line at most, and its links belong to that
 * line's guard. Guards do not nest. An uncontended lock is one compare-and-set; waking an empty
 * queue is one volatile read.
 *
 * <h2>Seeing</h2>
 *
 * <p>Layers emit {@link dev.sekiso.machine.Tracepoint}s to the machine's {@link
 * dev.sekiso.machine.Tracer}; the machine itself tells of {@code sched:sched_switch}, {@code
 * sched_wakeup}, {@code sched_process_fork}, {@code sched_process_exit}, and {@code
 * timer:timer_start}, {@code timer_expire_entry}, {@code timer_expire_exit}, {@code timer_cancel}.
 * {@link dev.sekiso.machine.RecordingTracer} keeps them; two recordings of one seed are equal byte
 * for byte.
 */
package dev.sekiso.machine;
