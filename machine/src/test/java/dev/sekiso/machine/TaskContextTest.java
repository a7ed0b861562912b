package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaskContextTest {

  @Test
  void current_unbound_isRoot() {
    assertThat(TaskContext.current()).isSameAs(TaskContext.ROOT);
    assertThat(TaskContext.ROOT.credentials().isSuperUser()).isTrue();
    assertThat(TaskContext.ROOT.cgroup()).isSameAs(Cgroup.ROOT);
    assertThat(TaskContext.ROOT.limits()).isEqualTo(ResourceLimits.UNLIMITED);
  }

  @Test
  void run_nested_bindsInnermostAndRestores() {
    TaskContext outer = TaskContext.ROOT.withCredentials(Credentials.of(1000, 100));
    TaskContext inner = outer.withLimits(ResourceLimits.UNLIMITED.withFileSize(4096));
    outer.run(() -> {
      inner.run(() -> assertThat(TaskContext.current()).isSameAs(inner));
      TaskContext.runUnbound(() -> assertThat(TaskContext.current()).isSameAs(TaskContext.ROOT));
      assertThat(TaskContext.current()).isSameAs(outer);
    });
    assertThat(TaskContext.current()).isSameAs(TaskContext.ROOT);
  }

  @Test
  void call_operationThrows_passesItOn() throws IOException {
    assertThat(TaskContext.ROOT.<Integer, IOException>call(() -> 7)).isEqualTo(7);
    assertThatThrownBy(() ->
            TaskContext.ROOT.call(() -> {
              throw new ErrnoException(Errno.EIO, "here");
            }))
        .isInstanceOf(ErrnoException.class);
  }

  @Test
  void with_replacesOnePart() {
    IoPriority idle = new IoPriority(IoPriority.SchedulingClass.IDLE, 7);
    Cgroup group = Cgroup.ROOT.child("batch");
    TaskContext context = TaskContext.ROOT.withIoPriority(idle).withCgroup(group);
    assertThat(context.ioPriority()).isEqualTo(idle);
    assertThat(context.cgroup()).isSameAs(group);
    assertThat(context.credentials()).isSameAs(Credentials.ROOT);
    assertThatNullPointerException().isThrownBy(() -> context.withCgroup(null));
  }

  @Test
  void ioPriority_levelOutOfRange_isRefused() {
    for (int level : new int[] {-1, 8}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new IoPriority(IoPriority.SchedulingClass.BEST_EFFORT, level))
          .withMessageContaining(Integer.toString(level));
    }
  }

  @Test
  void credentials_groups_areCopiedAndAsked() {
    Set<Integer> groups = new HashSet<>(Set.of(20, 30));
    Credentials credentials = new Credentials(1000, 100, groups, 0077);
    groups.add(40);
    assertThat(credentials.isInGroup(100)).isTrue();
    assertThat(credentials.isInGroup(30)).isTrue();
    assertThat(credentials.isInGroup(40)).isFalse();
    assertThat(credentials.isSuperUser()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Credentials(0, 0, Set.of(), 01000))
        .withMessageContaining("01000");
  }

  @Test
  void cgroup_path_namesTheWayFromTheRoot() {
    Cgroup child = Cgroup.ROOT.child("user.slice");
    assertThat(Cgroup.ROOT.path()).isEqualTo("/");
    assertThat(Cgroup.ROOT.parent()).isNull();
    assertThat(child.child("job")).hasToString("/user.slice/job");
    assertThat(child.parent()).isSameAs(Cgroup.ROOT);
    assertThat(Cgroup.ROOT.child("a")).isNotEqualTo(Cgroup.ROOT.child("a"));
    for (String bad : new String[] {"", "a/b", "/", ".", ".."}) {
      assertThatIllegalArgumentException().isThrownBy(() -> child.child(bad));
    }
  }
}
