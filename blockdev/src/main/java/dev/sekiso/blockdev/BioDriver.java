package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;

/**
 * A driver that needs no requests, because it has done a bio's work when it returns (the kernel's
 * drivers with a {@code submit_bio} of their own, as {@code brd} has). A {@link RequestQueue} hands
 * it reads and writes as they come, without tag, plug and merging, as long as its scheduler is
 * {@code none}; everything else comes as requests.
 *
 * <p>Nobody counts the bios that are under way: {@link #close} may come while another thread is in
 * {@link #carryOut}, which then must not end badly.
 */
public interface BioDriver extends BlockDriver {

  /**
   * Moves the data of a read or a write, which lies within the device and its limits. Called by
   * several threads at one time; must not wait, and leaves ending the bio to the caller.
   *
   * @return null, or why it failed
   */
  ErrnoException carryOut(Bio bio);
}
