/**
 * The power fails somewhere in the middle of everything: what a stack promised to keep is there
 * afterwards, for {@code e2fsck} and for us.
 */
package dev.sekiso.integration.powercut;
