package dev.sekiso.lab.report;

import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Vfs;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What there is to say of a run whose power was cut.
 *
 * @param seen how far the jobs had come
 * @param files sizes in bytes of the jobs' files on the device when it is mounted again, null for
 *     those that are not there; empty when the device could not be looked at
 * @param problem why the device could not be looked at, or null
 */
public record PowerCutReport(Progress.Snapshot seen, Map<String, Long> files, String problem) {

  private static final double NANOS_PER_MILLISECOND = 1e6;

  /** Looks at the jobs' files on a stack that was built over what the cut has left. */
  public static Map<String, Long> look(Vfs vfs, JobFile jobs) throws ErrnoException {
    Map<String, Long> files = new LinkedHashMap<>();
    for (Job job : jobs.jobs()) {
      for (String path : job.files()) {
        files.put(path, sizeOf(vfs, path));
      }
    }
    return files;
  }

  private static Long sizeOf(Vfs vfs, String path) throws ErrnoException {
    try {
      return vfs.stat(path).size();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return null;
      }
      throw e;
    }
  }

  /** The report for people, lines ended by '\n'. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "The power was cut. The last transfer that ended did so %.3fms after the first job"
                + " began:\n  %s in %d transfers had ended.\n",
            seen.nanos() / NANOS_PER_MILLISECOND,
            Units.bytes(seen.bytes()),
            seen.transfers()));
    text.append("On the device, mounted again:\n");
    if (problem != null) {
      text.append("  ").append(problem).append('\n');
    }
    files.forEach((path, size) ->
        text.append("  ")
            .append(path)
            .append(": ")
            .append(size == null ? "is not there" : size + " bytes")
            .append('\n'));
    return text.toString();
  }

  /** The same as JSON, ended by '\n'. */
  public String json() {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    ObjectNode cut = root.putObject("power_cut");
    cut.put("nanos", seen.nanos());
    cut.put("bytes", seen.bytes());
    cut.put("transfers", seen.transfers());
    cut.put("problem", problem);
    ObjectNode sizes = cut.putObject("files");
    files.forEach(sizes::put);
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
