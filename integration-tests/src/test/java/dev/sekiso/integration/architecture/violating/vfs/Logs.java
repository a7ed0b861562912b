package dev.sekiso.integration.architecture.violating.vfs;

import java.util.logging.Logger;

final class Logs {
  void tell(Logger logger) {
    logger.info("open");
  }
}
