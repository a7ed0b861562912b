package dev.sekiso.integration.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.aio.AioControlBlock;
import dev.sekiso.pagecache.Advice;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Calls drawn from a seed, on a file and on what must be in it; each read is compared. */
final class RandomCalls {

  static final int SEEDS = Integer.getInteger("sekiso.contents.seeds", 2);

  /** How far into the file it writes. */
  static final int EXTENT = 200_000;

  private static final int STEPS = 150;
  private static final int SECTOR = 512;
  private static final int LARGEST = 20_000;

  /** One kind of call. */
  interface Step {
    void run() throws Exception;
  }

  private final FileContentsContract scene;
  private final Vfs vfs;
  private final CheckedFile file;
  private final Random random;
  private final List<Step> steps = new ArrayList<>();

  RandomCalls(FileContentsContract scene, CheckedFile file, long seed) {
    this.scene = scene;
    this.vfs = scene.vfs;
    this.file = file;
    this.random = new Random(seed);
    add(4, () -> file.write(position(), bytes()));
    add(6, () -> file.check(position(), 1 + random.nextInt(LARGEST)));
    add(1, file::checkAll);
    add(1, () -> vfs.fsync(file.file()));
    add(1, () -> vfs.fdatasync(file.file()));
    add(1, vfs::sync);
    add(1, scene::forget);
    add(1, vfs::dropCaches);
    add(1, this::advise);
    add(1, () -> vfs.readahead(file.file(), position(), LARGEST));
    add(2, this::store);
    add(2, this::load);
    add(2, this::writeAsynchronously);
    scene.addSteps(this);
  }

  /** Has a kind of call be drawn that often. */
  void add(int weight, Step step) {
    for (int i = 0; i < weight; i++) {
      steps.add(step);
    }
  }

  void run() throws Exception {
    for (int i = 0; i < STEPS; i++) {
      steps.get(random.nextInt(steps.size())).run();
    }
    file.checkAll();
  }

  CheckedFile file() {
    return file;
  }

  Random random() {
    return random;
  }

  int position() {
    return random.nextInt(EXTENT);
  }

  byte[] bytes() {
    byte[] bytes = new byte[1 + random.nextInt(LARGEST)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** For files that can be read and written past the cache. */
  void addDirectTransfers() {
    add(
        2,
        () -> {
          byte[] bytes = new byte[SECTOR * (1 + random.nextInt(30))];
          random.nextBytes(bytes);
          file.writeDirectly((long) position() / SECTOR * SECTOR, bytes);
        });
    add(
        2,
        () ->
            file.checkDirectly(
                (long) position() / SECTOR * SECTOR, SECTOR * (1 + random.nextInt(30))));
  }

  private void advise() throws Exception {
    int advice = random.nextInt(Advice.values().length);
    vfs.fadvise(file.file(), position(), random.nextInt(LARGEST), advice);
  }

  /** Stores within the file, through a mapping of its own. */
  private void store() throws Exception {
    int size = Math.min(file.size(), EXTENT);
    if (size == 0) {
      return;
    }
    int from = random.nextInt(size);
    byte[] bytes = new byte[1 + random.nextInt(Math.min(size - from, LARGEST))];
    random.nextBytes(bytes);
    try (ProcessMemory memory = scene.stack.newMemory()) {
      map(memory, size).copyFrom(from, MemorySegment.ofArray(bytes), 0, bytes.length);
    }
    file.written(from, bytes, bytes.length);
  }

  private void load() throws Exception {
    int size = Math.min(file.size(), EXTENT);
    if (size == 0) {
      return;
    }
    try (ProcessMemory memory = scene.stack.newMemory()) {
      FileContentsContract.checkMapping(map(memory, size), file, size);
    }
  }

  private MemoryMapping map(ProcessMemory memory, int size) throws Exception {
    return memory.mmap(
        0, size, FileContentsContract.READ_WRITE, MapFlags.MAP_SHARED, file.file(), 0);
  }

  private void writeAsynchronously() throws Exception {
    byte[] bytes = bytes();
    int position = position();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(bytes.length);
      memory.copyFrom(MemorySegment.ofArray(bytes));
      AioControlBlock write = AioControlBlock.write(file.file(), memory, position);
      scene.stack.aio().write(write);
      scene.stack.aio().suspend(List.of(write));
      assertThat(scene.stack.aio().result(write)).isEqualTo(bytes.length);
    }
    file.written(position, bytes, bytes.length);
  }
}
