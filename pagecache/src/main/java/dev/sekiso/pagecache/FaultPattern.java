package dev.sekiso.pagecache;

/** What the user of a memory mapping has said of its accesses ({@code VM_RAND_READ} and so on). */
enum FaultPattern {
  /** Nothing: faults read around themselves. */
  NORMAL,
  /** Pages are wanted in no order: faults read their page alone ({@code MADV_RANDOM}). */
  RANDOM,
  /** Pages are wanted in order: faults read ahead as reads do ({@code MADV_SEQUENTIAL}). */
  SEQUENTIAL
}
