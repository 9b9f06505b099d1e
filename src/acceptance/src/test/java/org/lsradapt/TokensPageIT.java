package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/tokens.md, on the sentence that the page has for data and a small random encoder. */
class TokensPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String model = Path.of(Snippets.class.getClassLoader().getResource("golden/families/bert").toURI()).toString();
            %s
                    return data.labels() + "; " + data.heldOut().orElseThrow().describe() + "; " + data.train().get(0).words();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/tokens.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        String sentence = page.replaceFirst("(?s).*?\n\n(    -DOCSTART-.*?B-LOC)\n\n.*", "$1")
                .replaceAll("(?m)^    ", "");
        Files.writeString(
                work.resolve("train.conll"),
                String.join(
                        "\n\n",
                        List.of(
                                sentence,
                                sentence.replace("Ada", "Tom"),
                                sentence.replace("Ada", "Eve"),
                                sentence.replace("Ada", "Jim"))));
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "[O, B-LOC, I-LOC, B-PER, I-PER]; held out 1 of 4 texts; [Ada, Lovelace, was, born, in, London]",
                DocumentedJava.call(folder, "run", work.toFile())
                        .toString()
                        .replaceFirst("\\[(Tom|Eve|Jim),", "[Ada,"));
    }
}
