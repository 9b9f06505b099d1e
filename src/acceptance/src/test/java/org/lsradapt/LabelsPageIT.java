package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/labels.md, on the texts that the page has for data and a small random encoder. */
class LabelsPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String model = Path.of(Snippets.class.getClassLoader().getResource("golden/families/bert").toURI()).toString();
            %s
                    return data.labels() + "; " + data.heldOut().orElseThrow().describe();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/labels.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        String rows = page.replaceFirst("(?s).*?\n\n    (text,labels\n.*?Thanks a lot!,)\n\n.*", "$1")
                .replaceAll("(?m)^    ", "");
        String more = rows.substring(rows.indexOf('\n')).replace(",", " Really.,");
        Files.writeString(work.resolve("train.csv"), rows + more);
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "[delivery, quality]; held out 2 of 6 rows",
                DocumentedJava.call(folder, "run", work.toFile()).toString());
    }
}
