package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/check-data.md on a small random encoder. */
class CheckDataPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String model = Path.of(Snippets.class.getClassLoader().getResource("golden/families/bert").toURI()).toString();
            %s
                    return better.notes().get(0);
                }
            }
            """;

    @Test
    void snippet_compiledAndRun_checksAndCorrects(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/check-data.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        Files.writeString(
                work.resolve("train.csv"),
                IntStream.range(0, 30)
                        .mapToObj(i -> "the ".repeat(i / 2 + 1) + (i % 2 == 0 ? "sun,warm\n" : "rain,cold\n"))
                        .collect(Collectors.joining("", "text,label\n", "")));
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "corrections of " + work.resolve("label-issues.csv") + ": 0 labels changed, 0 rows removed",
                DocumentedJava.call(folder, "run", work.toFile()).toString());
    }
}
