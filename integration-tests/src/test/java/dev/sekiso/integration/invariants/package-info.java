/**
 * What holds of a whole stack whenever nothing is under way, checked after every test.
 *
 * <p>{@link dev.sekiso.integration.invariants.StackInvariants} puts together what each layer knows
 * to check of itself; {@link dev.sekiso.integration.invariants.CheckedStacks} is the extension that
 * runs a test's stacks and has them looked at.
 */
package dev.sekiso.integration.invariants;
