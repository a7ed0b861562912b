/**
 * JMH benchmarks that stand side by side with what a user would pick instead, so that every figure
 * is a ratio measured in one run.
 */
package dev.sekiso.benchmarks;
