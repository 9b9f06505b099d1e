package org.lsradapt.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.Example;

/** Texts to classify, one per line; the two texts of a pair are separated by a tab. */
final class TextLines {

    private static final int AT_ONCE = 1024;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final String source;
    private final Optional<Boolean> pairs;

    /**
     * A reader.
     *
     * @param source where the lines come from, for messages
     * @param pairs whether each line must be a pair; empty if either will do
     */
    TextLines(String source, Optional<Boolean> pairs) {
        this.source = source;
        this.pairs = pairs;
    }

    /** Takes some texts. */
    @FunctionalInterface
    interface Taker {
        /** Whether there is a use for more. */
        boolean take(List<Example> some) throws IOException;
    }

    /** Reads lines to the end, as {@link #forEach} does. */
    List<Example> read(InputStream in) throws IOException {
        List<Example> all = new ArrayList<>();
        forEach(in, all::addAll);
        return all;
    }

    /**
     * Reads UTF-8 lines, with or without a byte-order mark, some at a time, so that they may be more than memory holds; each
     * ends at a line feed, one carriage return before which is dropped. A mistake in a line shows when those before it have been taken.
     */
    void forEach(InputStream in, Taker taker) throws IOException {
        InputStream bytes = new BufferedInputStream(in);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        List<String> lines = new ArrayList<>();
        int before = 0;
        boolean wanted = true;
        for (int b = bytes.read(); b >= 0 && wanted; b = bytes.read()) {
            if (b != '\n') {
                line.write(b);
                continue;
            }
            lines.add(decode(line, before + lines.size() + 1));
            if (lines.size() == AT_ONCE) {
                wanted = taker.take(parse(lines, before));
                before += lines.size();
                lines.clear();
            }
        }
        if (line.size() > 0) {
            lines.add(decode(line, before + lines.size() + 1));
        }
        if (!lines.isEmpty()) {
            taker.take(parse(lines, before));
        }
    }

    private String decode(ByteArrayOutputStream line, int number) {
        byte[] bytes = line.toByteArray();
        line.reset();
        int length = bytes.length - (bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? 1 : 0);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
            return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
        } catch (CharacterCodingException e) {
            throw failure(number, "this is not valid UTF-8 text");
        }
    }

    /** Takes lines apart. */
    List<Example> parse(List<String> lines) {
        return parse(lines, 0);
    }

    private List<Example> parse(List<String> lines, int before) {
        List<Example> inputs = new ArrayList<>();
        for (String line : lines) {
            int number = before + inputs.size() + 1;
            String[] parts = line.split("\t", -1);
            int expected = pairs.map(pair -> pair ? 2 : 1).orElse(Math.min(parts.length, 2));
            if (parts.length != expected) {
                throw failure(
                        number,
                        "found " + parts.length + (parts.length == 1 ? " text" : " texts") + ", the task needs "
                                + (expected == 2 ? "2, separated by a tab" : "1, without a tab"));
            }
            Example input = new Example(parts[0], expected == 2 ? parts[1] : null, Double.NaN);
            Optional<String> problem = input.problem();
            if (problem.isPresent()) {
                throw failure(number, problem.get());
            }
            inputs.add(input);
        }
        return inputs;
    }

    private BadInput failure(int number, String complaint) {
        return new BadInput(source + ", line " + number + ": " + complaint);
    }
}
