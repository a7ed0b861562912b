/** A run in virtual time is a pure function of its job and its seed; on a file it is real I/O. */
package dev.sekiso.integration.repeat;
