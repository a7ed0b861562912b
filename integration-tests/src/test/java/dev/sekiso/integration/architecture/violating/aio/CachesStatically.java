package dev.sekiso.integration.architecture.violating.aio;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

final class CachesStatically {
  private static final Map<String, String> NAMES = Map.of();
  private static final ConcurrentHashMap<String, String> CACHE = new ConcurrentHashMap<>(NAMES);

  String find(String key) {
    return CACHE.get(key);
  }
}
