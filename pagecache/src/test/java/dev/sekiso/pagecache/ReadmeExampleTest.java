package dev.sekiso.pagecache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the module's README, compiled and run as it stands there. */
final class ReadmeExampleTest {

  private static final long PAGES = 10_000;

  @Test
  void example_asPrinted_compilesRunsAndLeavesItsTable(@TempDir Path directory) throws Exception {
    Path source = Files.writeString(directory.resolve("Table.java"), example());
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
      boolean compiled =
          compiler
              .getTask(
                  new java.io.PrintWriter(complaints, true, UTF_8),
                  files,
                  null,
                  List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(complaints.toString(UTF_8)).isTrue();
    }
    Path table = directory.resolve("table");
    assertThat(run(directory, table)).isEqualTo("page 42 holds 1764\n");
    try (FileChannel channel = FileChannel.open(table)) {
      assertThat(channel.size()).isEqualTo(PAGES * PageCache.PAGE_SIZE);
      ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
      for (long page = 0; page < PAGES; page++) {
        channel.read(value.clear(), page * PageCache.PAGE_SIZE + ValueLayout.JAVA_LONG.byteSize());
        assertThat(value.getLong(0)).isEqualTo(page * page);
      }
    }
  }

  private static String example() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    int start = readme.indexOf("```java\n") + "```java\n".length();
    return readme.substring(start, readme.indexOf("```", start));
  }

  private static String run(Path classes, Path table) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, UTF_8));
      loader
          .loadClass("Table")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {table.toString()});
    } finally {
      System.setOut(before);
    }
    return printed.toString(UTF_8);
  }
}
