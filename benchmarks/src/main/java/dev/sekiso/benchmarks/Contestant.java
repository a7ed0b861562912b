package dev.sekiso.benchmarks;

import java.util.regex.Pattern;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;

/**
 * One benchmark method with its parameters.
 *
 * @param method class and method, as {@code CachedReads.vfs}
 * @param distribution which pages are read; null where there is none
 * @param pages how many there are; 0 for the benchmark's default
 * @param threads how many read at once
 */
record Contestant(String method, Distribution distribution, int pages, int threads) {

  static Contestant of(String method) {
    return new Contestant(method, null, 0, 1);
  }

  Contestant with(Distribution other) {
    return new Contestant(method, other, pages, threads);
  }

  Contestant among(int count) {
    return new Contestant(method, distribution, count, threads);
  }

  Contestant by(int count) {
    return new Contestant(method, distribution, pages, count);
  }

  /** Whether it moves a large file, and takes as long as that takes. */
  boolean isOnDisk() {
    return method.startsWith("ColdReads") || method.startsWith("DurableWrites");
  }

  /** Selects this one and no other. */
  ChainedOptionsBuilder select(ChainedOptionsBuilder options) {
    options.include("^" + Pattern.quote("dev.sekiso.benchmarks." + method) + "$").threads(threads);
    if (distribution != null) {
      options.param("distribution", distribution.name());
    }
    if (pages > 0) {
      options.param("pages", Integer.toString(pages));
    }
    return options;
  }

  @Override
  public String toString() {
    return method
        + (distribution == null ? "" : " " + distribution)
        + (pages == 0 ? "" : " " + pages)
        + (threads == 1 ? "" : " by " + threads);
  }
}
