package org.lsradapt.data.files;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The lines of a text, with their numbers. The text is UTF-8 unless another encoding is named; it may be compressed by gzip.
 *
 * <p>A line ends only at a line feed; one carriage return before it is dropped. ({@link java.io.BufferedReader#readLine} would also end
 * it at a lone carriage return, which texts may hold.) Each line is decoded separately and strictly, so that a damaged character is
 * reported with its line. A byte-order mark at the start is skipped; the last line may lack its line feed.
 */
public final class LineReader implements Closeable {

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final int HEAD = BYTE_ORDER_MARK.length;

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
        this(TextSource.open(file), file.toString());
    }

    /** Reads from a stream, which {@link #close()} closes; the name is for messages. */
    public LineReader(InputStream in, String file) throws IOException {
        this(in, file, StandardCharsets.UTF_8);
    }

    LineReader(InputStream in, String file, Charset encoding) throws IOException {
        this.file = file;
        InputStream text = in;
        try {
            limit = in.readNBytes(buffer, 0, HEAD);
            if (isGzip()) {
                text = Gunzipped.of(again(in), file);
                limit = text.readNBytes(buffer, 0, HEAD);
            }
            if (!encoding.equals(StandardCharsets.UTF_8)) {
                text = new Transcoded(again(text), file, encoding);
                limit = text.readNBytes(buffer, 0, HEAD);
            }
            Optional<String> found = limit < HEAD ? Optional.empty() : somethingElse(buffer);
            if (found.isPresent()) {
                throw new IOException(file + ": this is " + found.get());
            }
        } catch (IOException e) {
            in.close();
            throw e;
        }
        this.in = text;
        position = Arrays.equals(Arrays.copyOf(buffer, limit), BYTE_ORDER_MARK) ? limit : 0;
    }

    private boolean isGzip() {
        return limit == HEAD && buffer[0] == 0x1F && buffer[1] == (byte) 0x8B && buffer[2] == 8;
    }

    /** Returns a stream with the bytes that were read from it. */
    private InputStream again(InputStream read) throws IOException {
        PushbackInputStream whole = new PushbackInputStream(read, HEAD);
        whole.unread(buffer, 0, limit);
        return whole;
    }

    /** The format of a file that begins with these bytes, and a suggestion; empty if it may be UTF-8 text. */
    private static Optional<String> somethingElse(byte[] begin) {
        int first = begin[0] & 0xFF;
        int second = begin[1] & 0xFF;
        boolean mark = (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF);
        if (mark || (first == 0) != (second == 0)) {
            return Optional.of(
                    "UTF-16 text, expected UTF-8; save it as UTF-8, convert it with iconv -f UTF-16 -t UTF-8, or name"
                            + " the encoding of a table: --encoding UTF-16, in Java Table.encoding");
        }
        return switch (first << 16 | second << 8 | (begin[2] & 0xFF)) {
            case 0x504B03 ->
                Optional.of("a ZIP archive, as workbooks are (.xlsx, .ods), expected text; save the sheet as"
                        + " \"CSV UTF-8\"");
            case 0xD0CF11 -> Optional.of("a workbook (.xls), expected text; save the sheet as \"CSV UTF-8\"");
            case 0x1F8B08 -> Optional.of("compressed by gzip twice, expected text; decompress it with gunzip");
            default -> Optional.empty();
        };
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
     * The characters from here on, with their line ends, for a parser with its own definition of a line. Closing it closes this reader;
     * it throws the exceptions of {@link #next()}.
     */
    public Reader characters() {
        return new Characters();
    }

    /** Whether the end of the file has been read, rather than just everything before it. */
    public boolean ended() {
        return ended;
    }

    /** Makes the exception for a malformed line. */
    public IOException failure(String message) {
        return failure(lineNumber, message);
    }

    /** Makes the exception for a malformed line. */
    public IOException failure(long line, String message) {
        return new IOException(file + ", line " + line + ": " + message);
    }

    /** The first line, with its end; empty before it is read. */
    public String first() {
        return first;
    }

    /** Returns the name of the file. */
    public String file() {
        return file;
    }

    /** The number of the last line read, from 1. */
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
        boolean complete = false;
        do {
            int from = position;
            while (position < limit && !complete) {
                complete = buffer[position++] == '\n';
            }
            line.write(buffer, from, position - from);
        } while (!complete && fill());
        String text = decoded(line.toByteArray());
        first = lineNumber == 1 ? text : first;
        return text;
    }

    private String decoded(byte[] line) throws IOException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        try {
            return decoder.decode(ByteBuffer.wrap(line)).toString();
        } catch (CharacterCodingException e) {
            ByteBuffer valid = ByteBuffer.wrap(line);
            decoder.reset().decode(valid, CharBuffer.allocate(line.length), true);
            IOException failure = failure("this is not valid UTF-8 text, at byte " + (valid.position() + 1)
                    + " of the line; convert the file to UTF-8, such as with iconv -f WINDOWS-1252 -t UTF-8, or name the"
                    + " encoding of a table: --encoding windows-1252, in Java Table.encoding");
            failure.initCause(e);
            throw failure;
        }
    }

    /** Whether the first character from here on, after white space, is this one. For the start of a file. */
    boolean begins(char expected) throws IOException {
        if (position == limit && !fill()) {
            return false;
        }
        int at = position;
        while (buffer[at] <= ' ' && buffer[at] >= 0) {
            at++;
            if (at == limit) {
                int more = limit == buffer.length ? -1 : in.read(buffer, limit, buffer.length - limit);
                if (more <= 0) {
                    return false;
                }
                limit += more;
            }
        }
        return buffer[at] == expected;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }

    private final class Characters extends Reader {
        private String line = "";
        private int from;

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            if (length > 0 && from == line.length()) {
                line = nextWithEnd();
                from = 0;
                if (line == null) {
                    line = "";
                    return -1;
                }
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
