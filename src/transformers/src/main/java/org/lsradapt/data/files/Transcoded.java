package org.lsradapt.data.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** A text of another encoding as UTF-8, decoded strictly. */
final class Transcoded extends InputStream {
    private static final int AT_ONCE = 1 << 13;

    private final InputStream in;
    private final String file;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(AT_ONCE).limit(0);
    private final CharBuffer characters = CharBuffer.allocate(2 * AT_ONCE);
    private ByteBuffer utf8 = ByteBuffer.allocate(0);
    private long decoded;
    private long line = 1;
    private boolean ended;

    Transcoded(InputStream in, String file, Charset encoding) {
        this.in = in;
        this.file = file;
        this.decoder = encoding.newDecoder();
    }

    @Override
    public int read() throws IOException {
        return isAtEnd() ? -1 : utf8.get() & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (isAtEnd()) {
            return -1;
        }
        int count = Math.min(length, utf8.remaining());
        utf8.get(target, offset, count);
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean isAtEnd() throws IOException {
        while (!utf8.hasRemaining() && !ended) {
            decodeMore();
        }
        return !utf8.hasRemaining();
    }

    private void decodeMore() throws IOException {
        bytes.compact();
        int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
        ended = read < 0;
        bytes.position(bytes.position() + Math.max(read, 0)).flip();
        characters.clear();
        CoderResult result = decoder.decode(bytes, characters, ended);
        decoded += bytes.position();
        if (ended && !result.isError()) {
            decoder.flush(characters);
        }
        characters.flip();
        line += characters.chars().filter(c -> c == '\n').count();
        if (result.isError()) {
            throw new IOException(file + ", line " + line + ": byte " + (decoded + 1) + " of the file is not "
                    + decoder.charset() + " text, expected the encoding that --encoding names, in Java"
                    + " Table.encoding");
        }
        utf8 = StandardCharsets.UTF_8.encode(characters);
    }
}
