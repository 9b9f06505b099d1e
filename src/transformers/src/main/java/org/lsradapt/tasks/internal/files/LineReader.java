package org.lsradapt.tasks.internal.files;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The lines of a UTF-8 file, with their numbers.
 *
 * <p>A line ends at a line feed, one carriage return before which is dropped, and nowhere else:
 * {@link java.io.BufferedReader#readLine} would also end it at a lone carriage return, which texts may hold. Each line
 * is decoded by itself and strictly, so that a damaged character is reported with its line. A byte-order mark at the
 * start is skipped; the last line may lack its line feed.
 */
public final class LineReader implements Closeable {

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final String file;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private int lineNumber;
    private String first = "";
    private boolean ended;

    /**
     * Opens a file.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws IOException if it is a folder or cannot be opened
     */
    public LineReader(Path file) throws IOException {
        this(open(file), file.toString());
    }

    /**
     * Reads from a stream, which {@link #close()} closes.
     *
     * @param file its name, for messages
     * @throws IOException if it cannot be read
     */
    public LineReader(InputStream in, String file) throws IOException {
        this.file = file;
        this.in = in;
        limit = in.readNBytes(buffer, 0, BYTE_ORDER_MARK.length);
        if (limit == BYTE_ORDER_MARK.length
                && ByteBuffer.wrap(buffer, 0, limit).equals(ByteBuffer.wrap(BYTE_ORDER_MARK))) {
            position = limit;
        }
    }

    private static InputStream open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": this is a folder, expected a file");
        }
        return Files.newInputStream(file);
    }

    /**
     * Reads the next line.
     *
     * @return the line without its end, or null at the end of the file
     * @throws IOException if the file cannot be read, or the line is not valid UTF-8
     */
    public String next() throws IOException {
        String line = nextWithEnd();
        if (line == null) {
            return null;
        }
        int length = line.length();
        length -= length > 0 && line.charAt(length - 1) == '\n' ? 1 : 0;
        length -= length > 0 && line.charAt(length - 1) == '\r' ? 1 : 0;
        return line.substring(0, length);
    }

    /**
     * The characters from here on, with the ends of the lines, for a parser that has its own notion of a line. Closing
     * it closes this reader.
     *
     * @return a reader that throws what {@link #next()} would
     */
    public Reader characters() {
        return new Characters();
    }

    /** Whether the end of the file has been read, not only everything before it. */
    public boolean ended() {
        return ended;
    }

    /** An exception about the line last read: file, line number, and what is wrong. */
    public IOException failure(String message) {
        return failure(lineNumber, message);
    }

    /** An exception about another line. */
    public IOException failure(long line, String message) {
        return new IOException(file + ", line " + line + ": " + message);
    }

    /** The first line, with its end; empty before it was read. */
    public String first() {
        return first;
    }

    /** The name of the file being read. */
    public String file() {
        return file;
    }

    /** The number of the line last read, from 1. */
    public int lineNumber() {
        return lineNumber;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The next line with its end, or null at the end of the file. */
    private String nextWithEnd() throws IOException {
        if (position == limit && !fill()) {
            ended = true;
            return null;
        }
        lineNumber++;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        do {
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            boolean complete = end < limit;
            end += complete ? 1 : 0;
            line.write(buffer, position, end - position);
            position = end;
            if (complete) {
                break;
            }
        } while (fill());
        String text = decode(line.toByteArray());
        if (lineNumber == 1) {
            first = text;
        }
        return text;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }

    private String decode(byte[] line) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(line))
                    .toString();
        } catch (CharacterCodingException e) {
            IOException failure = failure("this is not valid UTF-8 text");
            failure.initCause(e);
            throw failure;
        }
    }

    private final class Characters extends Reader {

        private String line = "";
        private int from;

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (from == line.length()) {
                String next = nextWithEnd();
                if (next == null) {
                    return -1;
                }
                line = next;
                from = 0;
            }
            int count = Math.min(length, line.length() - from);
            line.getChars(from, from + count, target, offset);
            from += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            LineReader.this.close();
        }
    }
}
