package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.TinyModels;

/** Compiles and runs the Java of docs/guides/per-user.md, on a small random model. */
class PerUserPageIT {
    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.Path;
            import org.lsradapt.adapters.*;
            import org.lsradapt.lsr.*;
            import org.lsradapt.lsr.backend.Backends;
            import org.lsradapt.models.EmbeddingSettings;
            import org.lsradapt.tasks.description.EmbeddingDescription;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
                    String modelName = folder.resolve("model").toString();
                    Path adapterFolder = folder.resolve("adapter");
                    save(modelName, adapterFolder);
                    float[][] vectors;
            %s
                    return vectors.length + " " + vectors[0].length;
                }

                private static void save(String modelName, Path folder) throws Exception {
                    try (BaseModel base = BaseModel.load(modelName);
                            MultiAdapterEmbedder embedder = MultiAdapterEmbedder.of(base);
                            AdapterSet adapters = AdapterSet.create(
                                    base.encoderLayers(), LsrConfig.lora(2, 4), Backends.standard())) {
                        EmbeddingSettings settings = embedder.settings();
                        AdapterFolder.save(folder, new AdapterCard(
                                base.name(), base.modelType(), base.encoderFingerprint(),
                                new EmbeddingDescription("search"), settings.maxLength(),
                                Optional.of(settings), base.precision()), adapters);
                    }
                }
            }
            """;

    @Test
    void snippet_compiledAndRun_embedsTextsOfTwoUsers(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/per-user.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        Path work = Files.createDirectory(folder.resolve("work"));
        TinyModels.writeBert(Files.createDirectory(work.resolve("model")), 1);
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.get(0)));
        assertEquals("2 4", DocumentedJava.call(folder, "run", work.toFile()));
    }
}
