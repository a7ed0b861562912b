/**
 * What the machine's values do without a lock, tried on a real processor by jcstress: {@link
 * dev.sekiso.machine.Errseq} tells every error, to each observer once.
 */
package dev.sekiso.machine;
