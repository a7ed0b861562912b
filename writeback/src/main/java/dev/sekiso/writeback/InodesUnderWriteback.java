package dev.sekiso.writeback;

import java.util.ArrayList;
import java.util.List;

/**
 * The inodes of one super block that have pages being written (the kernel's {@code s_inodes_wb}):
 * what {@code sync} must wait for, found without looking at any other inode. Guarded by its
 * monitor, the innermost lock of the layer.
 */
final class InodesUnderWriteback {

  private InodeNode first;
  private InodeNode last;
  private int size;

  synchronized void add(InodeNode node) {
    node.previousUnderWriteback = last;
    if (last == null) {
      first = node;
    } else {
      last.nextUnderWriteback = node;
    }
    last = node;
    size++;
  }

  synchronized void remove(InodeNode node) {
    if (node.previousUnderWriteback == null) {
      first = node.nextUnderWriteback;
    } else {
      node.previousUnderWriteback.nextUnderWriteback = node.nextUnderWriteback;
    }
    if (node.nextUnderWriteback == null) {
      last = node.previousUnderWriteback;
    } else {
      node.nextUnderWriteback.previousUnderWriteback = node.previousUnderWriteback;
    }
    node.nextUnderWriteback = null;
    node.previousUnderWriteback = null;
    size--;
  }

  /** Those on the list now, in the order in which their writing began. */
  synchronized List<InodeNode> snapshot() {
    List<InodeNode> nodes = new ArrayList<>(size);
    for (InodeNode node = first; node != null; node = node.nextUnderWriteback) {
      nodes.add(node);
    }
    return nodes;
  }
}
