package org.lsradapt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.Example;

/** Texts to classify, one per line; the two texts of a pair are separated by a tab. */
final class TextLines {

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

    /** Reads UTF-8 lines to the end; each ends at a line feed, one carriage return before which is dropped. */
    List<Example> read(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        byte[] all = in.readAllBytes();
        int start = 0;
        while (start < all.length) {
            int end = start;
            while (end < all.length && all[end] != '\n') {
                end++;
            }
            lines.add(decode(all, start, end, lines.size() + 1));
            start = end + 1;
        }
        return parse(lines);
    }

    private String decode(byte[] bytes, int start, int end, int number) {
        int length = end - start - (end > start && bytes[end - 1] == '\r' ? 1 : 0);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length)).toString();
        } catch (CharacterCodingException e) {
            throw failure(number, "this is not valid UTF-8 text");
        }
    }

    /** Takes lines apart. */
    List<Example> parse(List<String> lines) {
        List<Example> inputs = new ArrayList<>();
        for (String line : lines) {
            int number = inputs.size() + 1;
            String[] parts = line.split("\t", -1);
            int expected = pairs.map(pair -> pair ? 2 : 1).orElse(Math.min(parts.length, 2));
            if (parts.length != expected) {
                throw failure(number, "found " + parts.length + (parts.length == 1 ? " text" : " texts")
                        + ", the task wants " + (expected == 2 ? "2, separated by a tab" : "1, without a tab"));
            }
            for (String part : parts) {
                if (part.isBlank()) {
                    throw failure(number, "found an empty text, expected words");
                }
            }
            inputs.add(new Example(parts[0], expected == 2 ? parts[1] : null, Double.NaN));
        }
        return inputs;
    }

    private BadInput failure(int number, String complaint) {
        return new BadInput(source + ", line " + number + ": " + complaint);
    }
}
