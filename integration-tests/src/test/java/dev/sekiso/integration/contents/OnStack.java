package dev.sekiso.integration.contents;

import dev.sekiso.integration.invariants.CheckedStacks;
import dev.sekiso.stack.StorageStack;
import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs each test of a {@link Scene} as a task on a stack of its own, which is checked after. */
final class OnStack implements InvocationInterceptor, AfterTestExecutionCallback {

  /** A test class whose tests run on a stack. */
  interface Scene {

    StorageStack.Builder builder();

    /** Before the test, in its task. */
    void enter(StorageStack stack) throws Exception;

    /** After a test that did not fail, in its task: closes what is open. */
    void leave() throws Exception;
  }

  private final CheckedStacks stacks = new CheckedStacks();

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Exception {
    Scene scene = (Scene) method.getTarget().orElseThrow();
    stacks.run(
        scene.builder(),
        stack -> {
          scene.enter(stack);
          proceed(invocation);
          scene.leave();
          return null;
        });
  }

  private static void proceed(Invocation<Void> invocation) throws Exception {
    try {
      invocation.proceed();
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    stacks.afterTestExecution(context);
  }
}
