package org.lsradapt.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads the header of a GGUF file in order, and reports the position of an error. */
final class GgufInput {

    /** The longest header that is read; a longer one could exhaust the memory. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private static final int WINDOW_BYTES = 1 << 15;

    private final String location;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer window =
            ByteBuffer.allocate(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long windowStart;
    private String place = "the header";
    private long placeStart;

    /** Starts at the beginning of a file; messages name its location. */
    GgufInput(String location, FileChannel channel, long size) {
        this.location = location;
        this.channel = channel;
        this.size = size;
    }

    long position() {
        return windowStart + window.position();
    }

    /** The number of bytes that the header may still have. */
    long remaining() {
        return Math.min(size, MAX_HEADER_BYTES) - position();
    }

    /** Sets the name, for messages, of the part that is read from here on. */
    void begin(String name) {
        place = name;
        placeStart = position();
    }

    /** Sets a more exact name for the part since {@link #begin}. */
    void rename(String name) {
        place = name;
    }

    /** Returns an error of the part that is being read. */
    IOException failure(String complaint) {
        return new IOException(location + ": " + place + " at byte " + placeStart + ": " + complaint);
    }

    /** Refuses a length that the file does not have, before anything is allocated for it. */
    void require(long bytes, String what) throws IOException {
        if (bytes >= 0 && bytes <= remaining()) {
            return;
        }
        if (bytes >= 0 && bytes <= size - position()) {
            throw failure(what + " at byte " + position() + " runs past the first " + MAX_HEADER_BYTES
                    + " bytes, and no longer header is read");
        }
        throw failure(
                what + " at byte " + position() + " runs past the end of the file, which is " + size + " bytes long");
    }

    /** Refuses a number of items that does not fit into the rest of the file. */
    long count(long count, int bytesEach, String items) throws IOException {
        if (count < 0 || count > remaining() / bytesEach) {
            throw failure(Long.toUnsignedString(count) + " " + items + ", for which the " + remaining()
                    + " bytes from byte " + position() + " on are too few");
        }
        return count;
    }

    private ByteBuffer next(int bytes, String what) throws IOException {
        if (window.remaining() < bytes) {
            require(bytes, what);
            windowStart = position();
            window.clear();
            fill(window, windowStart, bytes);
            window.flip();
        }
        return window;
    }

    /** Reads at least {@code least} bytes, and more if there is room. */
    private void fill(ByteBuffer buffer, long from, int least) throws IOException {
        while (buffer.position() < least) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                throw new IOException(location + ": ended while it was read");
            }
        }
    }

    int u8() throws IOException {
        return next(1, "a number of 1 byte").get() & 0xff;
    }

    long u32() throws IOException {
        return next(4, "a number of 4 bytes").getInt() & 0xffff_ffffL;
    }

    /** 64 bits, signed or not. */
    long word() throws IOException {
        return next(8, "a number of 8 bytes").getLong();
    }

    byte[] bytes(long length, String what) throws IOException {
        require(length, what);
        byte[] bytes = new byte[(int) length];
        int there = Math.min(bytes.length, window.remaining());
        window.get(bytes, 0, there);
        if (there < bytes.length) {
            ByteBuffer rest =
                    ByteBuffer.wrap(bytes, there, bytes.length - there).slice();
            long from = position();
            fill(rest, from, rest.limit());
            windowStart = from + rest.limit();
            window.clear().limit(0);
        }
        return bytes;
    }

    /** Reads a length and as many bytes of UTF-8. */
    String text() throws IOException {
        long at = position();
        long length = word();
        if (length == 0) {
            return "";
        }
        byte[] bytes = bytes(length, "a string of " + Long.toUnsignedString(length) + " bytes");
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            IOException failure = failure("the string at byte " + at + " is not UTF-8");
            failure.initCause(e);
            throw failure;
        }
    }
}
