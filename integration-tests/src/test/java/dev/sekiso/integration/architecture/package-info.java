/**
 * The house's rules, held by a test: who may know whom, and what no layer may do.
 *
 * <p>{@link dev.sekiso.integration.architecture.House} states the rules for the modules below one
 * root package. {@code ArchitectureTest} applies them to the product, found under {@code
 * dev.sekiso}. {@code HouseTest} applies the same rules to two small houses of fixtures: every
 * class under {@code violating} breaks the rule it is named for and must be found, and nothing
 * under {@code obeying} may be. A rule that stops seeing its violations therefore fails the build
 * like a violation does.
 */
package dev.sekiso.integration.architecture;
