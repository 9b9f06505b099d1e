package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/precision.md, on a tiny model. */
class PrecisionPageIT {
    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.Path;
            import java.util.*;
            import org.lsradapt.finetuning.FineTunedModel;
            import org.lsradapt.data.LabelledText;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/bert";
                    Path out = file.toPath();
                    List<LabelledText> examples = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        examples.add(LabelledText.of("the sun " + i, "good"));
                        examples.add(LabelledText.of("the rain " + i, "bad"));
                    }
            %s
                }

                public static Object kept(File file) throws Exception {
                    try (FineTunedModel model = FineTunedModel.load(file.toPath())) {
                        return model.base().precision().label();
                    }
                }
            }
            """;

    @Test
    void snippet_compiledAndRun_doesWhatItSays(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/precision.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.get(0)));
        File out = folder.resolve("out").toFile();
        assertTrue(List.of("good", "bad").contains(DocumentedJava.call(folder, "run", out)));
        assertEquals("bf16", DocumentedJava.call(folder, "kept", out));
    }
}
