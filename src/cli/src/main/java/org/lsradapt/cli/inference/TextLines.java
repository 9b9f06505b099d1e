package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.data.files.LineReader;

/** Texts to classify, one per line; the two texts of a pair are separated by a tab. */
final class TextLines {

    private static final int AT_ONCE = 1024;

    private final String source;
    private final Optional<Boolean> pairs;

    /** Creates a reader of a named source, whose lines must all be pairs, or texts; empty accepts both. */
    TextLines(String source, Optional<Boolean> pairs) {
        this.source = source;
        this.pairs = pairs;
    }

    /** Receives texts in batches. */
    @FunctionalInterface
    interface Taker {
        /** Returns false to stop the reading. */
        boolean take(List<Example> some) throws IOException;
    }

    List<Example> read(InputStream in) throws IOException {
        List<Example> all = new ArrayList<>();
        forEach(in, all::addAll);
        return all;
    }

    /**
     * Reads UTF-8 lines in batches, with or without a byte-order mark, so the input may exceed the memory. A line ends at a
     * line feed; one carriage return before it is dropped. An error in a line is thrown after the earlier batches have been
     * taken.
     */
    void forEach(InputStream in, Taker taker) throws IOException {
        // The stream's owner closes it.
        forEach(new LineReader(in, source), taker);
    }

    void forEach(LineReader reader, Taker taker) throws IOException {
        List<String> lines = new ArrayList<>();
        int before = 0;
        boolean wanted = true;
        for (String line = reader.next(); line != null && wanted; line = reader.next()) {
            lines.add(line);
            if (lines.size() == AT_ONCE) {
                wanted = taker.take(parse(lines, before));
                before += lines.size();
                lines.clear();
            }
        }
        if (!lines.isEmpty()) {
            taker.take(parse(lines, before));
        }
    }

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
            Example input = new Example(parts[0], expected == 2 ? parts[1] : null);
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
