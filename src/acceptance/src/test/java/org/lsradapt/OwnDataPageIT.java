package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledData;

/** Compiles and runs the Java of docs/guides/own-data.md and generation.md, and provokes the messages that the former lists. */
class OwnDataPageIT {

    private static final Path PAGE = Path.of("docs/guides/own-data.md");
    private static final Path GENERATION = PAGE.resolveSibling("generation.md");

    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                static String golden(String name) throws Exception {
                    return Path.of(Snippets.class.getClassLoader().getResource("golden/families/" + name).toURI()).toString();
                }

                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String model = golden("bert");
                    String causalModel = golden("llama");
                    javax.sql.DataSource database = (javax.sql.DataSource) java.lang.reflect.Proxy.newProxyInstance(
                            Snippets.class.getClassLoader(),
                            new Class<?>[] {javax.sql.DataSource.class},
                            (proxy, method, arguments) -> null);
                    List<Path> folders = List.of(folder.resolve("adapter"), folder.resolve("adapter"));
            %s
                    return films.heldOut().get().describe() + "; " + task.labels() + "; " + rows.size() + "; "
                            + lines.evaluation().get(0).first() + "; " + pairs.task().labels() + "; "
                            + inputs.hasLabels() + "; " + books.heldOut().get().describe() + "; " + first.completion()
                            + "; " + FineTunedModel.load(folder.resolve("adapter")).getClass().getSimpleName()
                            + "; " + FineTunedModel.load(folder.resolve("generator")).getClass().getSimpleName();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(PAGE) + Files.readString(GENERATION);
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(10, blocks.size());
        Path work = Files.createDirectories(folder.resolve("work/books")).getParent();
        String example = section("`train.csv`:\n\n(.*?)\n\n").replaceAll("(?m)^    ", "");
        Files.writeString(work.resolve("train.csv"), example + "\nWell made.,good\nDull.,bad\n");
        Files.writeString(work.resolve("new.csv"), "review\nIs it good?\n");
        Files.writeString(work.resolve("books/one.txt"), "It begins.\n\nIt goes on for long.\n\nEnds.\n");
        Files.writeString(work.resolve("instructions.jsonl"), """
                {"prompt": "a", "completion": "same"}
                {"prompt": "b", "completion": "same"}
                """);
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "held out 1 of 4 rows; [bad, good]; 3; dull; []; false; held out 5 of 39 characters; same"
                        + "; TextClassifier; TextGenerator",
                DocumentedJava.call(folder, "run", work.toFile()));
    }

    @Test
    void messages_provoked_areThoseOnThePage(@TempDir Path folder) throws IOException {
        Path train = folder.resolve("train.csv");
        Path dev = Files.writeString(folder.resolve("dev.csv"), "text,label\na,good\nb,neutral\n");
        Files.writeString(train, "text,label\na,good\nb,bad\n");
        String unknown = message(folder, LabelledData.classification(train).dev(dev));
        Path lines = Files.writeString(folder.resolve("train.jsonl"), "{\"text\": \"a\"}\n");
        List<String> provoked = Stream.of(
                        Stream.of(unknown),
                        Stream.of(
                                        "text,label\na,good\nb,good\n",
                                        "review,opinion\na,good\n",
                                        "text,label,text\na,good,b\n",
                                        "text,label\na,good\n,bad\n",
                                        "text,label\nyes, it is,good\n",
                                        "text,label\na,good\n\nb,bad\n",
                                        "text,label\n\"a,good\nb,bad\n")
                                .map(content -> message(folder, LabelledData.classification(written(train, content)))),
                        Stream.of("text,label\na,high\n", "")
                                .map(content -> message(folder, LabelledData.regression(written(train, content)))),
                        Stream.of(message(folder, LabelledData.classification(lines))))
                .flatMap(messages -> messages)
                .toList();
        assertEquals(section("```text\n(.*?)\n```"), String.join("\n", provoked));
    }

    private static Path written(Path file, String content) {
        try {
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String message(Path folder, LabelledData.FromFiles files) {
        return assertThrows(IOException.class, files::read).getMessage().replace(folder + File.separator, "");
    }

    private static String section(String pattern) {
        try {
            Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(Files.readString(PAGE));
            if (!matcher.find()) {
                throw new AssertionError(PAGE + " has no " + pattern);
            }
            return matcher.group(1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
