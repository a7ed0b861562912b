/**
 * What a run has to say: as text of fio's kind, and as JSON with fio's field names.
 *
 * <p>{@link dev.sekiso.lab.report.RunReport} is the content, the others are its two shapes. Both
 * are functions of the content alone, in the root locale, so that equal runs print equal bytes.
 */
package dev.sekiso.lab.report;
