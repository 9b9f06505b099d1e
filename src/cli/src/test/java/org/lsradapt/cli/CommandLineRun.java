package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern PLACE = Pattern.compile("\\{}");

    /** Runs a command line, as of {@link #arguments}, without standard input. */
    public static CommandLineRun line(String line, Object... values) {
        return of(arguments(line, values));
    }

    /** Runs a command line, as of {@link #arguments}, and fails unless it {@link #succeeded}. */
    public static CommandLineRun succeed(String line, Object... values) {
        return line(line, values).succeeded();
    }

    /**
     * Returns the arguments of a line.
     *
     * @param line arguments separated by spaces, or nothing; each {} is the next value, which may have spaces
     */
    public static List<String> arguments(String line, Object... values) {
        Iterator<Object> next = List.of(values).iterator();
        List<String> arguments = Stream.of(line.split(" "))
                .filter(argument -> !argument.isEmpty())
                .map(argument -> PLACE.matcher(argument)
                        .replaceAll(
                                place -> Matcher.quoteReplacement(next.next().toString())))
                .toList();
        assertFalse(next.hasNext(), "values without a place in " + line);
        return arguments;
    }

    /** Runs a command without standard input. */
    public static CommandLineRun of(List<String> arguments) {
        return withInput("", arguments);
    }

    /** Runs a command of all these arguments without standard input. */
    public static CommandLineRun of(List<String> arguments, List<String> more) {
        return of(Stream.concat(arguments.stream(), more.stream()).toList());
    }

    public static CommandLineRun withInput(String input, List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                arguments.toArray(new String[0]),
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new CommandLineRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Fails unless a command line, as of {@link #arguments}, is {@link #refused}. */
    public static void assertRefused(String complaint, String line, Object... values) {
        line(line, values).refused(complaint);
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

    /** Fails unless the command ended with one line of an error that has these parts. */
    public CommandLineRun refused(String... parts) {
        assertEquals(2, code, out + err);
        assertEquals(1, complaints().lines().count(), err);
        assertTrue(complaints().startsWith("error: "), err);
        Stream.of(parts).forEach(part -> assertTrue(err.contains(part), () -> err + " should contain " + part));
        return this;
    }

    /** Fails unless the command printed these parts. */
    public void says(String... parts) {
        Stream.of(parts).forEach(part -> assertTrue(out.contains(part), () -> out + " should contain " + part));
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
