package dev.sekiso.vfs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Bytes to String and back without loss: a byte that is not part of valid UTF-8 becomes the lone
 * surrogate U+DC00 + byte (the idea of PEP 383).
 */
final class SurrogateEscape {

  private static final char ESCAPE_BASE = '\uDC00';
  private static final char FIRST_ESCAPE = '\uDC80';
  private static final char LAST_ESCAPE = '\uDCFF';

  private SurrogateEscape() {}

  static String decode(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      out.put((char) (ESCAPE_BASE + (in.get() & 0xFF)));
      decoder.reset();
    }
  }

  static byte[] encode(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 8);
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c >= FIRST_ESCAPE && c <= LAST_ESCAPE) {
        out.write(c - ESCAPE_BASE);
        i++;
        continue;
      }
      int codePoint = text.codePointAt(i);
      int length = Character.charCount(codePoint);
      out.writeBytes(text.substring(i, i + length).getBytes(StandardCharsets.UTF_8));
      i += length;
    }
    return out.toByteArray();
  }
}
