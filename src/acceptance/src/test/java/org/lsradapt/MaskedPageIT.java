package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/masked.md, on a few lines and a small random encoder. */
class MaskedPageIT {
    private static final String SOURCE = """
            import java.io.File;
            import org.lsradapt.data.LabelledText;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String maskedModel = Path.of(
                            Snippets.class.getClassLoader().getResource("golden/families/bert-masked").toURI()).toString();
                    List<LabelledText> examples = new ArrayList<>();
                    for (int i = 0; i < 10; i++) {
                        examples.add(LabelledText.of("the sun " + i, "warm"));
                        examples.add(LabelledText.of("the rain " + i, "cold"));
                    }
            %s
                    classifier.close();
                    return data.heldOut().orElseThrow().describe();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/masked.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        Files.writeString(work.resolve("manuals.txt"), "the sun is warm\nthe rain is cold\n".repeat(5) + "a smile\n");
        PageArtifacts.compile(folder, page, SOURCE.formatted(String.join("\n", blocks)));
        assertEquals(
                "held out 1 of 11 texts",
                DocumentedJava.call(folder, "run", work.toFile()).toString());
    }
}
