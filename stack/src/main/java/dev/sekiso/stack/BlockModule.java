package dev.sekiso.stack;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.driver.FileDriver;
import dev.sekiso.blockdev.driver.HddModel;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.driver.SimDriver;
import dev.sekiso.blockdev.driver.SsdModel;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.blockdev.target.VolatileCache;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Binds block queues, I/O schedulers, drivers and targets. */
final class BlockModule extends SeamModule {

  /** Largest device: what 64-bit byte addresses and 512-byte sectors leave room for in tests. */
  private static final long LARGEST_DEVICE = 1L << 50;

  private static final String SEED = "seed";
  private static final String SIZE = "size";
  private static final String CREATE = "create";
  private static final String DURABLE = "durable";
  private static final String DIRECT = "direct";
  private static final String READ_ONLY = "read_only";
  private static final String WORKERS = "workers";
  private static final String VIRTUAL_TIME = "virtual_time";

  @Override
  protected void configure() {
    queues();
    schedulers();
    drivers();
    models();
    targets();
  }

  private void queues() {
    choice(
        Seams.BLOCK_QUEUE,
        "multi-queue",
        "merges, sorts, tags and flushes",
        "block/blk-mq.c",
        RequestQueue::new);
    choice(
        Seams.BLOCK_QUEUE,
        "direct",
        "bios go straight to the driver, one request each",
        "block/blk-core.c (BD_HAS_SUBMIT_BIO)",
        (machine, name, driver, scheduler) -> new DirectQueue(machine, name, driver));
  }

  private void schedulers() {
    choice(
        Seams.SCHEDULER,
        "none",
        "first come, first served",
        "block/blk-mq-sched.c",
        (host, parameters) -> new NoneScheduler());
    choice(
        Seams.SCHEDULER,
        MqDeadlineScheduler.NAME,
        "sector order in batches, reads first, with deadlines",
        "block/mq-deadline.c",
        List.of(
            milliseconds("read_expire", "deadline of reads"),
            milliseconds("write_expire", "deadline of writes"),
            milliseconds("prio_aging_expire", "wait after which the priority no longer matters"),
            Setting.integer(
                "writes_starved", "", 0, Integer.MAX_VALUE, "batches", "reads that pass writes"),
            Setting.integer(
                "fifo_batch", "", 0, Integer.MAX_VALUE, "requests", "requests in a batch"),
            Setting.integer(
                "front_merges", "", 0, 1, "switch", "1: bios join requests at the front, too"),
            Setting.integer(
                "async_depth", "", 1, Integer.MAX_VALUE, "requests", "tags writes may use")),
        (host, parameters) -> new MqDeadlineScheduler(host));
  }

  private static Setting milliseconds(String name, String description) {
    return Setting.integer(name, "", 0, Integer.MAX_VALUE, "ms", description);
  }

  private void drivers() {
    choice(
        Seams.DRIVER,
        "ram",
        "memory: ram:64m",
        "drivers/block/brd.c",
        request -> new RamDriver(request.media().apply(size(request))));
    choice(
        Seams.DRIVER,
        "file",
        "a file or block device of the host: file:disk.img",
        "drivers/block/loop.c, java.nio.channels.FileChannel",
        List.of(
            Setting.size(
                CREATE, "", Bio.SECTOR_SIZE, LARGEST_DEVICE, "makes the file if it is missing"),
            Setting.onOff(
                DURABLE,
                "true",
                "true: a flush reaches the host's disk; false: only the host's page cache"),
            Setting.onOff(
                DIRECT,
                "true",
                "true: past the host's page cache, where the host can; false: through it"),
            Setting.onOff(READ_ONLY, "false", "refuses writes"),
            Setting.integer(WORKERS, "32", 1, 4096, "requests", "requests in the host at one time"),
            Setting.duration(
                VIRTUAL_TIME, "0", 0, Long.MAX_VALUE, "time of a request on a simulated machine")),
        BlockModule::file);
  }

  private void models() {
    ModelParameters<SsdModel> nvme = new ModelParameters<>(SsdModel.NVME_970_PRO);
    solid("nvme", nvme, "a modelled NVMe disk, Samsung 970 PRO: nvme:8g", "NVMeVirt, FAST '23");
    ModelParameters<SsdModel> sata = new ModelParameters<>(SsdModel.SATA_850_PRO);
    solid("sata", sata, "a modelled SATA disk, Samsung 850 PRO: sata:256g", "MQSim, FAST '18");
    ModelParameters<HddModel> disk = new ModelParameters<>(HddModel.DESKSTAR_7K500);
    choice(
        Seams.DRIVER,
        "hdd",
        "a modelled hard disk, Hitachi Deskstar 7K500: hdd:500g",
        "Ruemmler and Wilkes 1994, the disk's specification",
        disk.settings(),
        request ->
            SimDriver.hdd(
                request.machine(),
                request.media().apply(size(request)),
                disk.with(request.parameters())));
  }

  private void solid(
      String name, ModelParameters<SsdModel> model, String description, String source) {
    List<Setting> parameters = new ArrayList<>(model.settings());
    parameters.add(
        Setting.integer(SEED, "1", Long.MIN_VALUE, Long.MAX_VALUE, "", "which pages are slow"));
    choice(
        Seams.DRIVER,
        name,
        description,
        source,
        parameters,
        request ->
            SimDriver.ssd(
                request.machine(),
                request.media().apply(size(request)),
                model.with(request.parameters()),
                request.parameters().number(SEED)));
  }

  private void targets() {
    choice(
        Seams.TARGET,
        "volatile-cache",
        "a write cache that forgets: a power cut loses any part of what was not flushed",
        "drivers/md/dm-log-writes.c, ATA write cache",
        List.of(
            Setting.integer(
                SEED, "1", Long.MIN_VALUE, Long.MAX_VALUE, "", "what survives a power cut"),
            Setting.size(
                SIZE,
                Quantities.size(VolatileCache.DEFAULT_BYTES),
                4096,
                Integer.MAX_VALUE,
                "size of the cache")),
        request ->
            new VolatileCache(
                request.machine(),
                request.name(),
                only(request),
                request.parameters().number(SEED),
                request.parameters().number(SIZE)));
    choice(
        Seams.TARGET,
        "flaky",
        "fails as told; as it is until told",
        "drivers/md/dm-flakey.c",
        FlakyTarget.PARAMETERS,
        request -> FlakyTarget.create(request, only(request)));
  }

  /** The one device a target stands over. */
  private static BlockDevice only(Seams.TargetRequest request) {
    if (request.inner().size() != 1) {
      throw new ConfigurationException(
          request.name()
              + " stands over one device, not over "
              + request.inner().size()
              + ", as in volatile-cache(ram:64m)");
    }
    return request.inner().getFirst();
  }

  /** The argument as a device's size. */
  static long size(Seams.DriverRequest request) {
    Setting size =
        Setting.size(
            "the size of " + request.name(), "", Bio.SECTOR_SIZE, LARGEST_DEVICE, "of the device");
    long bytes = size.number(request.argument());
    if (bytes % Bio.SECTOR_SIZE != 0) {
      throw new ConfigurationException(
          "the size of "
              + request.name()
              + " must be a multiple of 512 bytes, not "
              + request.argument());
    }
    return bytes;
  }

  private static FileDriver file(Seams.DriverRequest request) throws ErrnoException {
    Values parameters = request.parameters();
    Path path;
    try {
      path = Path.of(request.argument());
    } catch (InvalidPathException e) {
      throw new ConfigurationException(
          "'" + request.argument() + "' is no path of this host: " + e.getReason(), e);
    }
    FileDriver.Options options =
        new FileDriver.Options(
            parameters.isOn(READ_ONLY) ? FileDriver.Access.READ_ONLY : FileDriver.Access.READ_WRITE,
            parameters.isOn(DURABLE) ? FileDriver.Durability.FSYNC : FileDriver.Durability.HOST,
            parameters.isOn(DIRECT) ? FileDriver.Caching.DIRECT : FileDriver.Caching.HOST,
            parameters.integer(WORKERS),
            parameters.number(VIRTUAL_TIME));
    if (parameters.isSet(CREATE) && !Files.exists(path)) {
      return FileDriver.create(request.machine(), path, parameters.number(CREATE), options);
    }
    try {
      return FileDriver.open(request.machine(), path, options);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        throw new ErrnoException(
            Errno.ENOENT, path + " does not exist; file:" + path + "?create=1g would make it", e);
      }
      throw e;
    }
  }
}
