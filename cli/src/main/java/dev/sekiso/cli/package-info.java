/**
 * The {@code sekiso} command: options and their help, progress, tables and exit codes.
 *
 * <p>It holds no logic of its own: each command turns its arguments into a call on the lab or the
 * stack, and turns the result into text, CSV or JSON.
 */
package dev.sekiso.cli;
