package dev.sekiso.lab.job;

import java.util.ArrayList;
import java.util.List;

/** The options of one section while it is read; fields hold fio's defaults. */
final class JobBuilder {

  /** The line of {@code rw}, or of the section where none is. */
  int line;

  AccessPattern pattern = AccessPattern.READ;
  IoEngine engine = IoEngine.PSYNC;
  List<String> fileNames = List.of();
  String directory = "/";
  int fileCount = 1;
  long size;
  long offset;
  int readBlockSize = 4096;
  int writeBlockSize = 4096;
  int trimBlockSize = 4096;
  int readPercent = 50;
  int ioDepth = 1;
  long runtimeNanos;
  boolean timeBased;
  long startDelayNanos;
  long thinkTimeNanos;
  int loops = 1;
  long ioLimit;
  int fsyncEvery;
  int fdatasyncEvery;
  boolean endFsync;
  boolean direct;
  boolean synchronous;
  boolean invalidate = true;
  Job.Repetition repetition = Job.Repetition.NEVER_BEFORE_ALL;
  Long seed;
  int clones = 1;
  boolean stonewall;
  boolean newGroup;
  boolean groupReporting;
  String cgroup = "";
  int cgroupWeight;
  boolean cgroupStays;

  JobBuilder copy() {
    JobBuilder copy = new JobBuilder();
    copy.line = line;
    copy.pattern = pattern;
    copy.engine = engine;
    copy.fileNames = fileNames;
    copy.directory = directory;
    copy.fileCount = fileCount;
    copy.size = size;
    copy.offset = offset;
    copy.readBlockSize = readBlockSize;
    copy.writeBlockSize = writeBlockSize;
    copy.trimBlockSize = trimBlockSize;
    copy.readPercent = readPercent;
    copy.ioDepth = ioDepth;
    copy.runtimeNanos = runtimeNanos;
    copy.timeBased = timeBased;
    copy.startDelayNanos = startDelayNanos;
    copy.thinkTimeNanos = thinkTimeNanos;
    copy.loops = loops;
    copy.ioLimit = ioLimit;
    copy.fsyncEvery = fsyncEvery;
    copy.fdatasyncEvery = fdatasyncEvery;
    copy.endFsync = endFsync;
    copy.direct = direct;
    copy.synchronous = synchronous;
    copy.invalidate = invalidate;
    copy.repetition = repetition;
    copy.seed = seed;
    copy.clones = clones;
    copy.stonewall = stonewall;
    copy.newGroup = newGroup;
    copy.groupReporting = groupReporting;
    copy.cgroup = cgroup;
    copy.cgroupWeight = cgroupWeight;
    copy.cgroupStays = cgroupStays;
    return copy;
  }

  /** What is wrong with the options taken together, or null. */
  String contradiction() {
    if (timeBased && runtimeNanos == 0) {
      return "time_based needs a runtime";
    }
    if (cgroupWeight != 0 && cgroup.isEmpty()) {
      return "cgroup_weight needs a cgroup";
    }
    int fileNumber = fileNames.isEmpty() ? fileCount : fileNames.size();
    int block = pattern.trims() ? trimBlockSize : Math.max(readBlockSize, writeBlockSize);
    if (size != 0 && size / fileNumber < block) {
      return "size is smaller than one block"
          + (fileNumber == 1 ? "; make it at least bs" : " for each of " + fileNumber + " files");
    }
    if (direct && (readBlockSize % 512 != 0 || writeBlockSize % 512 != 0)) {
      return "direct needs a bs that is a multiple of 512";
    }
    if (pattern.trims() && trimBlockSize % 512 != 0) {
      return "rw=" + pattern.word() + " needs a bs that is a multiple of 512";
    }
    if (pattern.trims() && fileNames.isEmpty()) {
      return "rw=" + pattern.word() + " needs the device's name: filename=/dev/sda";
    }
    if (pattern.isMixed() && readBlockSize != writeBlockSize && !pattern.isRandom()) {
      return "rw=rw moves through the file with one bs for reads and writes";
    }
    return null;
  }

  /** Where a job stands among the others, as {@link Job} has it. */
  record Place(String file, int phase, int group, int report) {}

  Job build(String name, int clone, Place place, long defaultSeed) {
    List<String> paths = files(name, clone);
    return new Job(
        place.file() + ":" + line,
        name,
        clone,
        place.phase(),
        place.group(),
        place.report(),
        pattern,
        engine,
        paths,
        size / paths.size(),
        offset,
        readBlockSize,
        writeBlockSize,
        trimBlockSize,
        readPercent,
        engine == IoEngine.POSIXAIO ? ioDepth : 1,
        runtimeNanos,
        timeBased,
        startDelayNanos,
        thinkTimeNanos,
        loops,
        ioLimit,
        fsyncEvery,
        fdatasyncEvery,
        endFsync,
        direct,
        synchronous,
        invalidate,
        repetition,
        new Job.Group(cgroup, cgroupWeight, cgroupStays),
        (seed == null ? defaultSeed : seed) + 0x9E3779B97F4A7C15L * clone);
  }

  private List<String> files(String name, int clone) {
    List<String> names = new ArrayList<>(fileNames);
    if (names.isEmpty()) {
      for (int i = 0; i < fileCount; i++) {
        names.add(name + "." + clone + "." + i);
      }
    }
    String prefix = directory.endsWith("/") ? directory : directory + "/";
    return names.stream().map(file -> file.startsWith("/") ? file : prefix + file).toList();
  }
}
