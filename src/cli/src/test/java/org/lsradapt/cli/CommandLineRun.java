package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a command did.
 *
 * @param code exit code
 * @param out what it printed
 * @param err what it printed on the error stream
 */
public record CommandLineRun(int code, String out, String err) {

    /** Runs a command without standard input. */
    public static CommandLineRun of(String... args) {
        return withInput("", args);
    }

    /**
     * Runs a command line.
     *
     * @param line arguments separated by spaces; each {} is the next value, which may have spaces
     */
    public static CommandLineRun line(String line, Object... values) {
        Iterator<Object> next = List.of(values).iterator();
        CommandLineRun run = of(Stream.of(line.split(" "))
                .map(argument -> argument.equals("{}") ? next.next().toString() : argument)
                .toArray(String[]::new));
        assertFalse(next.hasNext(), "values without a place in " + line);
        return run;
    }

    public static CommandLineRun withInput(String input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                args,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new CommandLineRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The lines of the error stream, except warnings that come with tiny models (cut texts) and tiny tables (few rows). */
    public String complaints() {
        return err.lines()
                .filter(line -> !line.startsWith("warning: inputs of more than ")
                        && !line.startsWith("warning: labels that occur fewer than "))
                .collect(Collectors.joining("\n"));
    }

    /** Fails unless the command succeeded without {@link #complaints}. */
    public CommandLineRun succeeded() {
        assertEquals("", complaints());
        assertEquals(0, code, out);
        return this;
    }

    /** The printed lines. */
    public List<String> lines() {
        return out.lines().toList();
    }

    /** Writes MRPC files of made-up sentence pairs, of which half say the same; returns the folder. */
    public static Path writeMrpc(Path folder, int train, int evaluation) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("train.tsv"), rows(train));
        Files.writeString(folder.resolve("dev.tsv"), rows(evaluation));
        return folder;
    }

    private static String rows(int count) {
        String[] subjects = {"The minister", "A bank", "The team", "Her sister", "The river"};
        String[] acts = {"left the town", "won a prize", "was seen on Monday", "said hello to the world"};
        StringBuilder rows = new StringBuilder("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n");
        for (int i = 0; i < count; i++) {
            boolean same = i % 2 == 0;
            String first = subjects[i % 5] + " " + acts[i % 4] + " .";
            String second = same ? first : subjects[(i + 2) % 5] + " never " + acts[(i + 1) % 4] + " \" .";
            rows.append(same ? 1 : 0)
                    .append('\t')
                    .append(i)
                    .append("\t0\t")
                    .append(first)
                    .append('\t')
                    .append(second)
                    .append('\n');
        }
        return rows.toString();
    }
}
