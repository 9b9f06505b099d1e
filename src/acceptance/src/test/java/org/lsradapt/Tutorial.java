package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.lsradapt.cli.Main;

/**
 * Follows a page of docs/tutorials in a folder: writes its Java files and tables and runs its commands in order, in this process. Commands
 * of other programs, such as Maven's, are left out, unless {@link #with(String, Function)} says how to run them.
 */
final class Tutorial {
    private static final Pattern BLOCK = Pattern.compile("(?s)```(?:sh|(?:java|csv) title=\"(\\S+)\")\n(.*?)```");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Set<String> FILES = Set.of(
            "--train",
            "--dev",
            "--data",
            "--out",
            "--adapter",
            "--store",
            "--from",
            "--adapters",
            "--api-key-file",
            "--passages",
            "--reranker",
            "--vectors",
            "--query-adapter",
            "--corrections");
    private static final Set<String> OTHERS = Set.of("mvn", "export", "pip", "python", "unzip", "head", "cd");

    /** A command of the page with what it printed. */
    record Run(String command, int code, String out, String err) {}

    private final Path folder;
    private final Map<String, Function<String, String>> handlers = new LinkedHashMap<>();
    private String page;

    Tutorial(String name, Path folder) throws IOException {
        this.folder = folder;
        page = Files.readString(Path.of("docs/tutorials", name + ".md"));
    }

    /** Replaces a text of the page that has to be there. */
    Tutorial with(String text, String replacement) {
        assertTrue(page.contains(text), text);
        page = page.replace(text, replacement);
        return this;
    }

    /** Runs commands that begin with a text by a function, which returns what they print. */
    Tutorial with(String beginning, Function<String, String> handler) {
        handlers.put(beginning, handler);
        return this;
    }

    /** Returns the arguments of a command, with the files in the folder. */
    String[] arguments(String command) {
        String[] arguments = words(command).toArray(new String[0]);
        for (int i = 1; i < arguments.length; i++) {
            if (FILES.contains(arguments[i - 1])) {
                arguments[i] = folder.resolve(arguments[i]).toString();
            }
        }
        return Arrays.copyOfRange(arguments, 1, arguments.length);
    }

    /** Runs all commands of the library and all Java files; each has to end with code 0. */
    List<Run> follow() throws IOException, ReflectiveOperationException {
        return run(true);
    }

    /** Runs all commands of the library and all Java files, whatever they end with. */
    List<Run> tryAll() throws IOException, ReflectiveOperationException {
        return run(false);
    }

    private List<Run> run(boolean strict) throws IOException, ReflectiveOperationException {
        List<Run> runs = new ArrayList<>();
        for (MatchResult block : BLOCK.matcher(page).results().toList()) {
            if (block.group(1) != null) {
                write(block.group(1), block.group(2));
                continue;
            }
            for (String command : block.group(2).lines().toList()) {
                List<String> words = words(command);
                Optional<String> handled =
                        handlers.keySet().stream().filter(command::startsWith).findFirst();
                if (handled.isPresent()) {
                    runs.add(new Run(command, 0, handlers.get(handled.get()).apply(command), ""));
                } else if (words.get(0).equals("lsr-adapt")) {
                    Run run = program(command);
                    assertTrue(!strict || run.code() == 0, () -> run.command() + "\n" + run.err());
                    runs.add(run);
                } else if (words.get(0).equals("java")) {
                    runs.add(main(command, words.get(words.size() - 1).replace(".java", "")));
                } else {
                    assertTrue(OTHERS.contains(words.get(0)), command);
                }
            }
        }
        return runs;
    }

    private void write(String name, String source) throws IOException {
        Path file = folder.resolve(name);
        if (!name.endsWith(".java")) {
            Files.writeString(file, source);
            return;
        }
        String here = folder.toString().replace('\\', '/');
        Files.writeString(file, source.replace("Path.of(\"", "Path.of(\"" + here + "/"));
        DocumentedJava.compile(folder, file);
    }

    private Run main(String command, String name) throws IOException, ReflectiveOperationException {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            DocumentedJava.main(folder, name);
        } finally {
            System.setOut(out);
        }
        return new Run(command, 0, bytes.toString(StandardCharsets.UTF_8), "");
    }

    private Run program(String command) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                arguments(command),
                InputStream.nullInputStream(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Run(command, code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static List<String> words(String command) {
        return WORD.matcher(command)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .toList();
    }
}
