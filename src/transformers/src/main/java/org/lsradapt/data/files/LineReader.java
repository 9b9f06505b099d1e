package org.lsradapt.data.files;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The lines of a UTF-8 file, with their numbers.
 *
 * <p>A line ends only at a line feed; one carriage return before it is dropped. ({@link java.io.BufferedReader#readLine} would also end
 * it at a lone carriage return, which texts may hold.) Each line is decoded separately and strictly, so that a damaged character is
 * reported with its line. A byte-order mark at the start is skipped; the last line may lack its line feed.
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

    /** Reads from a stream, which {@link #close()} closes; the name is for messages. */
    public LineReader(InputStream in, String file) throws IOException {
        this.file = file;
        this.in = in;
        limit = in.readNBytes(buffer, 0, BYTE_ORDER_MARK.length);
        position = Arrays.equals(Arrays.copyOf(buffer, limit), BYTE_ORDER_MARK) ? limit : 0;
        Optional<String> found = limit < BYTE_ORDER_MARK.length ? Optional.empty() : somethingElse(buffer);
        if (found.isPresent()) {
            in.close();
            throw new IOException(file + ": this is " + found.get());
        }
    }

    /** The format of a file that begins with these bytes, and a suggestion; empty if it may be UTF-8 text. */
    private static Optional<String> somethingElse(byte[] begin) {
        int first = begin[0] & 0xFF;
        int second = begin[1] & 0xFF;
        boolean mark = (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF);
        if (mark || (first == 0) != (second == 0)) {
            return Optional.of(
                    "UTF-16 text, expected UTF-8; save it as UTF-8, or convert it with iconv -f UTF-16" + " -t UTF-8");
        }
        return switch (first << 16 | second << 8 | (begin[2] & 0xFF)) {
            case 0x504B03 ->
                Optional.of("a ZIP archive, as workbooks are (.xlsx, .ods), expected text; save the sheet as"
                        + " \"CSV UTF-8\"");
            case 0xD0CF11 -> Optional.of("a workbook (.xls), expected text; save the sheet as \"CSV UTF-8\"");
            case 0x1F8B08 -> Optional.of("compressed by gzip, expected text; decompress it with gunzip");
            default -> Optional.empty();
        };
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

    /** An exception about the last line read: file, line number and problem. */
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
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
            first = lineNumber == 1 ? text : first;
            return text;
        } catch (CharacterCodingException e) {
            IOException failure = failure("this is not valid UTF-8 text; convert the file to UTF-8, such as with"
                    + " iconv -f WINDOWS-1252 -t UTF-8");
            failure.initCause(e);
            throw failure;
        }
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
