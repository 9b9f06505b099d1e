package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/preferences.md, on the rows that the page has for data and a small random model. */
class PreferencesPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String causalModel = Path.of(Snippets.class.getClassLoader().getResource("golden/families/llama").toURI()).toString();
            %s
                    return data.heldOut().orElseThrow().describe();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/preferences.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        List<String> rows = page.lines()
                .filter(line -> line.startsWith("    {\"prompt\": \""))
                .map(String::strip)
                .toList();
        assertEquals(4, rows.size());
        Files.write(work.resolve("preferences.jsonl"), rows);
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "held out 1 of 4 pairs",
                DocumentedJava.call(folder, "run", work.toFile()).toString());
    }
}
