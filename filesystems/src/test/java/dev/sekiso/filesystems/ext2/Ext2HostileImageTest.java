package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.LambdaDriver;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Images nobody sane made: clear errors, nothing else. */
class Ext2HostileImageTest {

  private static final int BYTES = 1 << 20;
  private static final int BLOCK = 1024;
  private static final int SEEDS = 300;

  /** What walking and changing a corrupt file system may answer. */
  private static final Set<Errno> CLEAR =
      EnumSet.of(
          Errno.EUCLEAN,
          Errno.EIO,
          Errno.EINVAL,
          Errno.ENOENT,
          Errno.EROFS,
          Errno.ENOTDIR,
          Errno.EISDIR,
          Errno.ENOSPC,
          Errno.ELOOP,
          Errno.ENXIO,
          Errno.EPERM,
          Errno.EFBIG,
          Errno.ENOTEMPTY,
          Errno.EEXIST,
          Errno.EMLINK,
          Errno.ESTALE,
          Errno.ENAMETOOLONG,
          Errno.EOVERFLOW,
          Errno.ENOMEM,
          Errno.EBUSY);

  private static Media sound() throws ErrnoException {
    Media media = TestStack.newMedia(BYTES);
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      BlockDevice disk = stack.addDisk("vda", media);
      Ext2Format.DEFAULT.withBlockSize(BLOCK).withInodes(64).write(machine, disk);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      for (int i = 0; i < 4; i++) {
        stack.vfs.mkdir("/d" + i, 0755);
        for (int j = 0; j < 5; j++) {
          put(stack.vfs, "/d" + i + "/file" + j, j * 20_000);
        }
        stack.vfs.symlink("x".repeat(i * 40 + 1), "/d" + i + "/link");
      }
      stack.close();
    });
    return media;
  }

  private static void put(Vfs vfs, String path, int size) throws ErrnoException {
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    try {
      if (size > 0) {
        vfs.write(file, new byte[size]);
      }
    } finally {
      vfs.close(file);
    }
  }

  private static Media copy(Media source) {
    Media copy = TestStack.newMedia(BYTES);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(BYTES);
      source.read(0, all);
      copy.write(0, all);
    }
    return copy;
  }

  /** Changes bytes of the metadata: super block, descriptors, bitmaps, inodes, directories. */
  private static void damage(Media media, Random random) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(BYTES);
      media.read(0, all);
      int flips = 1 + random.nextInt(12);
      for (int i = 0; i < flips; i++) {
        int place =
            switch (random.nextInt(4)) {
              case 0 -> 1024 + random.nextInt(400);
              case 1 -> 2048 + random.nextInt(64);
              case 2 -> 5 * BLOCK + random.nextInt(20 * BLOCK);
              default -> random.nextInt(80 * BLOCK);
            };
        byte value = random.nextBoolean() ? (byte) random.nextInt(256) : (byte) 0xFF;
        all.set(ValueLayout.JAVA_BYTE, place, value);
      }
      media.write(0, all);
    }
  }

  @Test
  void randomDamage_leadsToClearErrors() throws Exception {
    Media sound = sound();
    for (long seed = 1; seed <= SEEDS; seed++) {
      Media media = copy(sound);
      Random random = new Random(seed);
      damage(media, random);
      try {
        walkAndChange(media, random, seed);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + seed + ": " + e, e);
      }
    }
  }

  private static void walkAndChange(Media media, Random random, long seed) throws Exception {
    SimulatedMachine machine = SimulatedMachine.builder(seed).maxEvents(20_000_000).build();
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 1024);
      stack.addDisk("vda", media);
      boolean readOnly = random.nextInt(4) == 0;
      Set<MountFlag> flags = readOnly ? Set.of(MountFlag.READ_ONLY) : Set.of();
      if (!tolerating(() -> stack.vfs.mount("vda", "/", "ext2", flags, ""))) {
        return;
      }
      List<String> found = new ArrayList<>();
      walk(stack.vfs, "/", found, 0);
      if (!readOnly) {
        change(stack.vfs, found, random);
      }
      tolerating(stack.vfs::sync);
      tolerating(stack::close);
    });
  }

  private interface Call {
    void run() throws ErrnoException;
  }

  private static boolean tolerating(Call call) {
    try {
      call.run();
      return true;
    } catch (ErrnoException e) {
      assertThat(CLEAR).as(e.getMessage()).contains(e.errno());
      assertThat(e.getMessage()).hasSizeGreaterThan(10);
      return false;
    }
  }

  private static void walk(Vfs vfs, String path, List<String> found, int depth) {
    if (depth > 6 || found.size() > 300) {
      return;
    }
    List<String> names = new ArrayList<>();
    tolerating(() -> {
      OpenFile directory = vfs.open(path, OpenFlag.DIRECTORY);
      try {
        List<DirectoryEntry> some = vfs.getdents(directory, 20);
        while (!some.isEmpty() && names.size() < 300) {
          some.forEach(entry -> names.add(entry.name().toString()));
          some = vfs.getdents(directory, 20);
        }
      } finally {
        vfs.close(directory);
      }
    });
    names.removeAll(List.of(".", ".."));
    for (String name : names) {
      String child = path.equals("/") ? "/" + name : path + "/" + name;
      found.add(child);
      tolerating(() -> {
        Attributes attributes = vfs.lstat(child);
        if (attributes.type() == FileType.DIRECTORY) {
          walk(vfs, child, found, depth + 1);
        } else if (attributes.type() == FileType.REGULAR) {
          read(vfs, child, attributes.size());
        } else if (attributes.type() == FileType.SYMBOLIC_LINK) {
          vfs.readlink(child);
        }
      });
    }
  }

  private static void read(Vfs vfs, String path, long size) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      byte[] piece = new byte[8192];
      for (long at = 0; at < Math.min(size, 200_000); at += piece.length) {
        long position = at;
        tolerating(() -> vfs.pread(file, piece, position));
      }
      tolerating(() -> vfs.pread(file, piece, Math.max(0, size - 100)));
    } finally {
      vfs.close(file);
    }
  }

  private static void change(Vfs vfs, List<String> found, Random random) {
    for (int i = 0; i < 5; i++) {
      String name = "/new" + i;
      tolerating(() -> put(vfs, name, 30_000));
      tolerating(() -> vfs.mkdir(name + "d", 0755));
    }
    for (String path : found) {
      switch (random.nextInt(4)) {
        case 0 -> tolerating(() -> vfs.unlink(path));
        case 1 -> tolerating(() -> vfs.truncate(path, random.nextInt(50_000)));
        case 2 -> tolerating(() -> vfs.rename(path, "/moved" + random.nextInt(5)));
        default -> tolerating(() -> vfs.rmdir(path));
      }
    }
  }

  // Single fields

  private static void patch(Media media, long position, int value, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sector = arena.allocate(512);
      media.read(position >> 9, sector);
      for (int i = 0; i < bytes; i++) {
        sector.set(ValueLayout.JAVA_BYTE, (position & 511) + i, (byte) (value >> (8 * i)));
      }
      media.write(position >> 9, sector);
    }
  }

  private static void mount(Media media, Set<MountFlag> flags, String options)
      throws ErrnoException {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
      stack.addDisk("vda", media);
      stack.vfs.mount("vda", "/", "ext2", flags, options);
      stack.close();
    });
  }

  @Test
  void unknownFeatures_areNamed() throws Exception {
    Media incompatible = copy(sound());
    patch(incompatible, 1024 + 96, 0x2 | 0x40 | 0x80, 4);
    assertThatThrownBy(() -> mount(incompatible, Set.of(), ""))
        .hasMessageContaining("EINVAL")
        .hasMessageContaining("extent (0x40)")
        .hasMessageContaining("64bit (0x80)");
    Media readable = copy(sound());
    patch(readable, 1024 + 100, 0x3 | 0x400 | 0x40000000, 4);
    assertThatThrownBy(() -> mount(readable, Set.of(), ""))
        .hasMessageContaining("EINVAL")
        .hasMessageContaining("metadata_csum (0x400)")
        .hasMessageContaining("FEATURE_R30 (0x40000000)");
    mount(readable, Set.of(MountFlag.READ_ONLY), "");
    Media compatible = copy(sound());
    patch(compatible, 1024 + 92, 0x7FFF0000, 4);
    mount(compatible, Set.of(), "");
  }

  @Test
  void badOptions_areRefusedWithTheKnownOnes() throws Exception {
    Media media = sound();
    assertThatThrownBy(() -> mount(media, Set.of(), "errors=explode"))
        .hasMessageContaining("continue, remount-ro or panic");
    assertThatThrownBy(() -> mount(media, Set.of(), "bsddf,nonsense"))
        .hasMessageContaining("'nonsense'")
        .hasMessageContaining("resuid");
    assertThatThrownBy(() -> mount(media, Set.of(), "resuid=x")).hasMessageContaining("number");
    mount(media, Set.of(), "bsddf,grpid,resuid=5,resgid=6,errors=remount-ro,nouid32");
  }

  /** {@code mount(2)}: EACCES, by which {@code mount(8)} knows to try again read-only. */
  @Test
  void writeProtectedDevice_isMountedReadOnlyOnly() throws Exception {
    Media media = sound();
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
      RamDriver ram = new RamDriver(media);
      BlockDriver driver = new LambdaDriver(ram.sectors(), ram.limits(), true, ram::execute);
      stack.add(new RequestQueue(machine, "vda", driver, host -> new NoneScheduler()));
      assertThatThrownBy(() -> stack.vfs.mount("vda", "/", "ext2", Set.of(), ""))
          .hasMessageContaining("EACCES")
          .hasMessageContaining("mount it read-only");
      stack.vfs.mount("vda", "/", "ext2", Set.of(MountFlag.READ_ONLY), "");
      stack.close();
    });
  }

  /** {@code ext2_setup_super}: what a later revision has means something nobody here knows. */
  @Test
  void laterRevision_isMountedReadOnly() throws Exception {
    Media media = sound();
    patch(media, 1024 + 76, 2, 4);
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
      stack.addDisk("vda", media);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      assertThat(stack.vfs.stat("/d0/file1").inode()).isPositive();
      assertThatThrownBy(() -> stack.vfs.mkdir("/new", 0755)).hasMessageContaining("EROFS");
      stack.close();
    });
    assertThat(state(media)).as("left as it was").isEqualTo(RawSuperBlock.STATE_VALID);
  }

  private static int state(Media media) {
    MemorySegment sectors = Arena.ofAuto().allocate(RawSuperBlock.SIZE);
    media.read(RawSuperBlock.POSITION / 512, sectors);
    return new RawSuperBlock(sectors).state();
  }

  /** Finds a file's inode by walking; its first pointer is at byte 40 of the inode. */
  @Test
  void badPointer_obeysErrorsOption() throws Exception {
    for (String option : List.of("errors=continue", "errors=remount-ro", "errors=panic")) {
      Media media = sound();
      SimulatedMachine machine = new SimulatedMachine(1);
      Throwable thrown = null;
      try {
        machine.run(() -> readBadPointer(machine, media, option));
      } catch (FileSystemPanic e) {
        thrown = e;
      }
      assertThat(thrown != null).as(option).isEqualTo(option.endsWith("panic"));
      assertThat(state(media) & RawSuperBlock.STATE_ERROR).as(option).isNotZero();
    }
  }

  private static void readBadPointer(SimulatedMachine machine, Media media, String option)
      throws ErrnoException {
    TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
    stack.addDisk("vda", media);
    stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
    long number = stack.vfs.stat("/d0/file1").inode();
    stack.vfs.unmount("/");
    long table = 5L * BLOCK;
    patch(media, table + (number - 1) * 256 + 40, 0x7FFFFFFF, 4);
    stack.vfs.mount("vda", "/", "ext2", Set.of(), option);
    OpenFile file = stack.vfs.open("/d0/file1", OpenFlag.READ_ONLY);
    try {
      stack.vfs.read(file, new byte[10]);
      throw new AssertionError("a pointer to nowhere was followed");
    } catch (ErrnoException e) {
      assertThat(e.errno()).isIn(Errno.EIO, Errno.EUCLEAN);
    }
    stack.vfs.close(file);
    if (option.equals("errors=remount-ro")) {
      assertThatThrownBy(() -> stack.vfs.mkdir("/new", 0755)).hasMessageContaining("EROFS");
    } else {
      stack.vfs.mkdir("/new", 0755);
    }
    stack.close();
  }
}
