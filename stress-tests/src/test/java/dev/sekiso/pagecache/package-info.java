/**
 * What the page cache does without a lock, tried on a real processor by jcstress, which knows every
 * outcome that is allowed and counts the others as failures.
 *
 * <p>The tests are in the page cache's own package to reach what is not for its users. Each holds
 * one claim of a class's prose: {@link dev.sekiso.pagecache.XArray} that a reader is never led
 * astray, {@link dev.sekiso.pagecache.Folio} that a reference keeps a folio, {@link
 * dev.sekiso.pagecache.StoreGate} that no store outlives the wait for it.
 *
 * <pre>{@code mvn -Pstress verify -pl stress-tests -am -DskipTests}</pre>
 */
package dev.sekiso.pagecache;
