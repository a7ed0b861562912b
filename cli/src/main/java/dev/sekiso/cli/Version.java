package dev.sekiso.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version in the jar's manifest, and the JVM's. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {
      "sekiso " + (version == null ? "(not from a jar)" : version), "Java " + Runtime.version()
    };
  }
}
