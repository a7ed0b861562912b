/**
 * A page-replacement policy in a jar of its own: what a third party writes to bring a policy into
 * every tool that takes a policy's name.
 *
 * <p>{@link dev.sekiso.examples.replacement.RandomReplacement} is the policy, {@link
 * dev.sekiso.examples.replacement.RandomReplacementPlugin} gives it the name {@code random}, and
 * the file {@code META-INF/services/dev.sekiso.stack.StackPlugin} lets {@link
 * java.util.ServiceLoader} find the plugin. Its test subclasses the page cache's contract kit and
 * runs it in a stack.
 */
package dev.sekiso.examples.replacement;
