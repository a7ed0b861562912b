package dev.sekiso.vfs;

/**
 * What a file gives to be mapped into a process's memory: the file system's object, which whoever
 * builds processes' memory knows how to use. The VFS hands it on and does not look into it.
 */
public interface Mappable {

  /** Memory of zeroes that is nobody's file: what {@code /dev/zero} gives. */
  Mappable ZEROES = new Mappable() {};
}
