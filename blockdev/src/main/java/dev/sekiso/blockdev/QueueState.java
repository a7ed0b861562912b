package dev.sekiso.blockdev;

/**
 * What a queue holds at one moment, for the check of invariants: at rest everything but the size is
 * zero and nothing is under way.
 *
 * @param size tags there may be
 * @param inUse tags counted as in use
 * @param taken tags marked as taken
 * @param waiting in line for a tag
 * @param inDriver requests the driver has
 * @param bypassing requests that go to the driver before the scheduler's
 * @param scheduled whether the scheduler has requests
 * @param flushing requests in a flush sequence
 * @param noted ends of requests and tags handed on that nobody has been told of
 * @param plugs plugs the running task has opened and not closed
 * @param plugged requests in the running task's plug
 * @param settled whether the running thread has done all that was left to it
 */
record QueueState(
    int size,
    int inUse,
    int taken,
    int waiting,
    int inDriver,
    int bypassing,
    boolean scheduled,
    int flushing,
    int noted,
    int plugs,
    int plugged,
    boolean settled) {}
