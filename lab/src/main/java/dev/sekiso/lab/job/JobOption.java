package dev.sekiso.lab.job;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Every option a job file may hold, with fio's names and defaults. */
public enum JobOption {
  RW(
      "rw|readwrite",
      "PATTERN",
      "read",
      "read, write, randread, randwrite, rw (readwrite), randrw; on devices also trim, randtrim,"
          + " trimwrite, randtrimwrite") {
    @Override
    void apply(JobBuilder job, String value) {
      job.pattern = "readwrite".equals(value) ? AccessPattern.RW : word(AccessPattern.class, value);
    }
  },
  BS(
      "bs|blocksize",
      "SIZE[,SIZE[,SIZE]]",
      "4k",
      "bytes of a transfer: for all; for reads, others; or for reads, writes, trims") {
    @Override
    void apply(JobBuilder job, String value) {
      String[] parts = value.split(",", -1);
      if (parts.length > 3) {
        throw new IllegalArgumentException(
            "'" + value + "' has more parts than reads,writes,trims");
      }
      job.readBlockSize = blockSize(parts[0]);
      job.writeBlockSize = parts.length == 1 ? job.readBlockSize : blockSize(parts[1]);
      job.trimBlockSize = parts.length < 3 ? job.writeBlockSize : blockSize(parts[2]);
    }
  },
  SIZE("size", "SIZE", "the file's", "bytes of the job's files, shared out among them") {
    @Override
    void apply(JobBuilder job, String value) {
      job.size = positive(Quantity.bytes(value), value);
    }
  },
  OFFSET("offset", "SIZE", "0", "where in the file the job starts") {
    @Override
    void apply(JobBuilder job, String value) {
      job.offset = Quantity.bytes(value);
    }
  },
  IO_SIZE("io_size|io_limit", "SIZE", "size × loops", "most bytes transferred") {
    @Override
    void apply(JobBuilder job, String value) {
      job.ioLimit = positive(Quantity.bytes(value), value);
    }
  },
  FILENAME("filename", "NAME[:NAME…]", "JOB.CLONE.N", "the files, shared by all clones") {
    @Override
    void apply(JobBuilder job, String value) {
      job.fileNames = List.of(value.split(":"));
    }
  },
  DIRECTORY("directory", "PATH", "/", "where the files are") {
    @Override
    void apply(JobBuilder job, String value) {
      job.directory = value;
    }
  },
  NRFILES("nrfiles", "N", "1", "files per job, when filename does not name them") {
    @Override
    void apply(JobBuilder job, String value) {
      job.fileCount = integer(value, 1, 1_000_000);
    }
  },
  NUMJOBS("numjobs", "N", "1", "clones of the job, running together") {
    @Override
    void apply(JobBuilder job, String value) {
      job.clones = integer(value, 1, 4096);
    }
  },
  IOENGINE("ioengine", "ENGINE", "psync", "sync, psync, posixaio") {
    @Override
    void apply(JobBuilder job, String value) {
      job.engine = word(IoEngine.class, value);
    }
  },
  IODEPTH("iodepth", "N", "1", "transfers in flight; the synchronous engines have one") {
    @Override
    void apply(JobBuilder job, String value) {
      job.ioDepth = integer(value, 1, 65_536);
    }
  },
  FSYNC("fsync", "N", "0", "writes between calls of fsync") {
    @Override
    void apply(JobBuilder job, String value) {
      job.fsyncEvery = integer(value, 0, Integer.MAX_VALUE);
    }
  },
  FDATASYNC("fdatasync", "N", "0", "writes between calls of fdatasync") {
    @Override
    void apply(JobBuilder job, String value) {
      job.fdatasyncEvery = integer(value, 0, Integer.MAX_VALUE);
    }
  },
  END_FSYNC("end_fsync", "BOOL", "0", "fsync each file when all is written") {
    @Override
    void apply(JobBuilder job, String value) {
      job.endFsync = bool(value);
    }
  },
  RWMIXREAD("rwmixread", "PERCENT", "50", "share of reads in a mixed pattern") {
    @Override
    void apply(JobBuilder job, String value) {
      job.readPercent = integer(value, 0, 100);
    }
  },
  RWMIXWRITE("rwmixwrite", "PERCENT", "50", "share of writes in a mixed pattern") {
    @Override
    void apply(JobBuilder job, String value) {
      job.readPercent = 100 - integer(value, 0, 100);
    }
  },
  RANDSEED("randseed", "N", "from --seed", "where the job's random numbers start") {
    @Override
    void apply(JobBuilder job, String value) {
      job.seed = number(value);
    }
  },
  NORANDOMMAP("norandommap", "BOOL", "0", "random blocks may repeat before all were visited") {
    @Override
    void apply(JobBuilder job, String value) {
      job.repetition = bool(value) ? Job.Repetition.ALLOWED : Job.Repetition.NEVER_BEFORE_ALL;
    }
  },
  RUNTIME("runtime", "TIME", "no limit", "most time the job runs; seconds without a unit") {
    @Override
    void apply(JobBuilder job, String value) {
      job.runtimeNanos = Quantity.nanos(value, "s");
    }
  },
  TIME_BASED("time_based", "BOOL", "0", "start over until runtime is used up") {
    @Override
    void apply(JobBuilder job, String value) {
      job.timeBased = bool(value);
    }
  },
  STARTDELAY("startdelay", "TIME", "0", "wait before the first transfer; seconds without a unit") {
    @Override
    void apply(JobBuilder job, String value) {
      job.startDelayNanos = Quantity.nanos(value, "s");
    }
  },
  THINKTIME("thinktime", "TIME", "0", "rest after each transfer; microseconds without a unit") {
    @Override
    void apply(JobBuilder job, String value) {
      job.thinkTimeNanos = Quantity.nanos(value, "us");
    }
  },
  LOOPS("loops", "N", "1", "passes over the files") {
    @Override
    void apply(JobBuilder job, String value) {
      job.loops = integer(value, 1, Integer.MAX_VALUE);
    }
  },
  STONEWALL("stonewall|wait_for_previous", "BOOL", "0", "wait until all jobs above have ended") {
    @Override
    void apply(JobBuilder job, String value) {
      job.stonewall = bool(value);
    }
  },
  NEW_GROUP("new_group", "BOOL", "0", "start a new reporting group") {
    @Override
    void apply(JobBuilder job, String value) {
      job.newGroup = bool(value);
    }
  },
  GROUP_REPORTING("group_reporting", "BOOL", "0", "report the group's jobs together") {
    @Override
    void apply(JobBuilder job, String value) {
      job.groupReporting = bool(value);
    }
  },
  DIRECT("direct", "BOOL", "0", "past the page cache (O_DIRECT)") {
    @Override
    void apply(JobBuilder job, String value) {
      job.direct = bool(value);
    }
  },
  BUFFERED("buffered", "BOOL", "1", "the opposite of direct") {
    @Override
    void apply(JobBuilder job, String value) {
      job.direct = !bool(value);
    }
  },
  SYNC("sync", "BOOL", "0", "open the files with O_SYNC") {
    @Override
    void apply(JobBuilder job, String value) {
      job.synchronous = bool(value);
    }
  },
  CGROUP("cgroup", "NAME", "none", "control group the job runs in, made if it is not there") {
    @Override
    void apply(JobBuilder job, String value) {
      String path = value.startsWith("/") ? value : "/" + value;
      for (String name : path.substring(1).split("/", -1)) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
          throw new IllegalArgumentException(
              "'" + value + "' names no control group below the root; take a name, or a/b");
        }
      }
      job.cgroup = path;
    }
  },
  CGROUP_WEIGHT("cgroup_weight", "N", "the group's", "io.weight of the job's cgroup, 1 to 10000") {
    @Override
    void apply(JobBuilder job, String value) {
      job.cgroupWeight = integer(value, 1, 10_000);
    }
  },
  CGROUP_NODELETE("cgroup_nodelete", "BOOL", "0", "leave a group that the job made") {
    @Override
    void apply(JobBuilder job, String value) {
      job.cgroupStays = bool(value);
    }
  },
  INVALIDATE("invalidate", "BOOL", "1", "drop the files' cached pages before the job starts") {
    @Override
    void apply(JobBuilder job, String value) {
      job.invalidate = bool(value);
    }
  };

  private final List<String> names;
  private final String valueName;
  private final String defaultValue;
  private final String description;

  JobOption(String names, String valueName, String defaultValue, String description) {
    this.names = List.of(names.split("\\|"));
    this.valueName = valueName;
    this.defaultValue = defaultValue;
    this.description = description;
  }

  /** Sets the option from its text; {@link IllegalArgumentException} says what is wrong with it. */
  abstract void apply(JobBuilder job, String value);

  /** The option's names in a job file, the usual one first. */
  public List<String> names() {
    return names;
  }

  /** What stands behind the equals sign, as help texts show it. */
  public String valueName() {
    return valueName;
  }

  /** What holds when the option is not given. */
  public String defaultValue() {
    return defaultValue;
  }

  /** One line of help. */
  public String description() {
    return description;
  }

  /** Whether it may stand without a value, which then is 1. */
  boolean isFlag() {
    return valueName.equals("BOOL");
  }

  static Optional<JobOption> named(String name) {
    return Arrays.stream(values()).filter(option -> option.names.contains(name)).findFirst();
  }

  /** The names of all options, other spellings included. */
  static List<String> allNames() {
    return Arrays.stream(values()).flatMap(option -> option.names.stream()).toList();
  }

  private static <E extends Enum<E>> E word(Class<E> type, String value) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "'"
            + value
            + "' is not one of "
            + String.join(
                ", ",
                Arrays.stream(type.getEnumConstants())
                    .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                    .toList()));
  }

  private static long number(String value) {
    try {
      return Long.decode(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + value + "' is not a whole number", e);
    }
  }

  private static int integer(String value, int least, int most) {
    long number = number(value);
    if (number < least || number > most) {
      throw new IllegalArgumentException(number + " is not within " + least + " to " + most);
    }
    return (int) number;
  }

  private static boolean bool(String value) {
    return switch (value) {
      case "1", "true", "yes" -> true;
      case "0", "false", "no" -> false;
      default -> throw new IllegalArgumentException("'" + value + "' is neither 1 nor 0");
    };
  }

  private static int blockSize(String value) {
    long bytes = positive(Quantity.bytes(value), value);
    if (bytes > 1 << 30) {
      throw new IllegalArgumentException("a block of " + value + " is over the limit of 1g");
    }
    return (int) bytes;
  }

  private static long positive(long number, String value) {
    if (number <= 0) {
      throw new IllegalArgumentException("'" + value + "' must be more than 0");
    }
    return number;
  }
}
