package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of docs/guides/spans.md, compiled and run on the page's data. */
class SpansPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String model = Path.of(Snippets.class.getClassLoader().getResource("golden/families/bert").toURI()).toString();
            %s
                    return data.hasUnanswerable() + "; " + data.heldOut().orElseThrow().describe();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/spans.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        String squad = page.replaceFirst("(?s).*?\n\n    (\\{\"version\".*?]}]}]})\n\n.*", "$1");
        String paragraph = squad.replaceFirst("(?s).*\"paragraphs\": \\[(.*)]}]}", "$1");
        Files.writeString(
                work.resolve("train.json"),
                squad.replace(
                        paragraph,
                        String.join(
                                ", ", paragraph, paragraph.replace("rain", "wind"), paragraph.replace("rain", "sea"))));
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "true; held out 2 of 6 rows",
                DocumentedJava.call(folder, "run", work.toFile()).toString());
    }
}
