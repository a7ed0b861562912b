package dev.sekiso.benchmarks;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import org.eclipse.collections.api.factory.Sets;
import org.neo4j.io.fs.DefaultFileSystemAbstraction;
import org.neo4j.io.pagecache.PageCache;
import org.neo4j.io.pagecache.PageCursor;
import org.neo4j.io.pagecache.PagedFile;
import org.neo4j.io.pagecache.context.CursorContext;
import org.neo4j.io.pagecache.impl.muninn.MuninnPageCache;
import org.neo4j.io.pagecache.impl.muninn.StandalonePageCacheFactory;
import org.neo4j.io.pagecache.impl.muninn.StoreFile;
import org.neo4j.io.pagecache.tracing.PageCacheTracer;
import org.neo4j.scheduler.JobHandle;
import org.neo4j.scheduler.JobScheduler;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The page cache of the Neo4j database, with room for everything: what a Java program would take
 * for the purpose otherwise. Its licence is the GPL's, so it appears here and nowhere else.
 */
@State(Scope.Benchmark)
public class Neo4jPages {

  private DefaultFileSystemAbstraction fileSystem;
  private PageCache cache;
  PagedFile file;

  @Setup
  public void setUp(Resident resident, KernelFile host) throws IOException {
    fileSystem = new DefaultFileSystemAbstraction();
    MuninnPageCache.Configuration configuration =
        MuninnPageCache.config(resident.pages + resident.pages / 16 + 128)
            .pageSize(PageOrder.PAGE_SIZE)
            .reservedPageBytes(0);
    cache =
        StandalonePageCacheFactory.createPageCache(
            fileSystem, scheduler(), PageCacheTracer.NULL, configuration);
    file =
        cache.map(
            new StoreFile(host.path), PageOrder.PAGE_SIZE, "benchmark", Sets.immutable.empty());
    try (PageCursor cursor = open()) {
      for (long page = 0; page < resident.pages; page++) {
        if (!cursor.next(page)) {
          throw new IOException("page " + page + " cannot be brought in");
        }
      }
    }
  }

  private PageCursor open() throws IOException {
    return file.io(0, PagedFile.PF_SHARED_READ_LOCK, CursorContext.NULL_CONTEXT);
  }

  @TearDown
  public void tearDown() throws IOException {
    file.close();
    cache.close();
    fileSystem.close();
  }

  /** Runs the cache's background work on daemon threads; nothing else of a scheduler is used. */
  private static JobScheduler scheduler() {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (!method.getName().equals("schedule")) {
            throw new UnsupportedOperationException(method.toString());
          }
          Runnable job = (Runnable) arguments[arguments.length - 1];
          Thread.ofPlatform().daemon().name("neo4j " + arguments[0]).start(job);
          return JobHandle.EMPTY;
        };
    return (JobScheduler)
        Proxy.newProxyInstance(
            JobScheduler.class.getClassLoader(), new Class<?>[] {JobScheduler.class}, handler);
  }

  /** A thread's cursor. */
  @State(Scope.Thread)
  public static class Cursor {
    private PageCursor cursor;

    @Setup
    public void setUp(Neo4jPages pages) throws IOException {
      cursor = pages.open();
    }

    @TearDown
    public void tearDown() {
      cursor.close();
    }

    /** Copies a page. */
    int copy(long page, ByteBuffer destination) throws IOException {
      cursor.next(page);
      int copied;
      do {
        copied = cursor.copyTo(0, destination.clear());
      } while (cursor.shouldRetry());
      return copied;
    }

    /** The first eight bytes of a page. */
    long getLong(long page) throws IOException {
      cursor.next(page);
      long value;
      do {
        value = cursor.getLong(0);
      } while (cursor.shouldRetry());
      return value;
    }
  }
}
