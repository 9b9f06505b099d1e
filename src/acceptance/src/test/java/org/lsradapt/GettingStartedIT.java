package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/layers.md, and of README.md. */
class GettingStartedIT {
    private static final String LAYERS = """
            public class Snippets {
                public static double[] run() {
                    Nd4j.getRandom().setSeed(1);
                    INDArray W = Nd4j.randn(DataType.FLOAT, 24, 20);
                    INDArray before = W.dup();
                    INDArray x = Nd4j.randn(DataType.FLOAT, 64, 24);
                    INDArray target = x.mmul(W.add(Nd4j.randn(DataType.FLOAT, 24, 2).mmul(Nd4j.randn(DataType.FLOAT, 2, 20))));
                    double start = x.mmul(W).sub(target).norm2Number().doubleValue();
            %s
                    double end = x.mmul(merged).sub(target).norm2Number().doubleValue();
                    INDArray exported = W.add(lora.a().mmul(lora.b()).mul(lora.scaling()));
                    return new double[] {
                        end / start, W.sub(before).norm2Number().doubleValue(), exported.sub(merged).norm2Number().doubleValue()
                    };
                }

                public static LsrConfig config() {
            %s
                    return config;
                }
            }
            """;

    private static final String SAVED_LAYERS = """
            import java.io.File;
            import java.nio.file.Path;

            public class Snippets {
                static final List<INDArray> DELTAS = new ArrayList<>();

                static void train(AdapterSet adapters) {
                    adapters.values().assign(Nd4j.randn(DataType.FLOAT, adapters.parameterCount()));
                    DELTAS.add(adapters.lsrAdapter("down").deltaWeight());
                }

                static void serve(DenseUpdates updates) {
                    LsrAdapter.LoraMatrices update = updates.find("down");
                    DELTAS.add(update.a().mmul(update.b()).mul(update.scaling()));
                }

                public static Object save(File file) throws Exception {
                    Path folder = file.toPath();
                    List<FrozenLinear> layers = List.of(
                            FrozenLinear.of("up", Nd4j.zeros(DataType.FLOAT, 8, 12)),
                            FrozenLinear.of("down", Nd4j.zeros(DataType.FLOAT, 12, 8)));
            %s
                    double size = DELTAS.get(0).norm2Number().doubleValue();
                    return DELTAS.get(1).sub(DELTAS.get(0)).norm2Number().doubleValue() / size;
                }
            }
            """;

    private static final String OWN_DATA = """
            public class Snippets {
                public static Object ownData(java.io.File file) throws Exception {
                    Path folder = file.toPath();
            %s
                    try (TextClassifier classifier = TextClassifier.load(folder)) {
                        return classifier.labels().size() + " " + classifier.predict("a great film").label();
                    }
                }
            }
            """;

    @Test
    void readme_compiledAndRun_trainsClassifiers(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("README.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(2, blocks.size());
        String program = blocks.get(0);
        Files.writeString(folder.resolve("Nouns.java"), program);
        DocumentedJava.compile(folder, folder.resolve("Nouns.java"));
        // The page's program trains for half a minute; here it does so for seconds.
        Files.writeString(
                folder.resolve("Nouns.java"),
                replace(
                        replace(program, "Path.of(\"nouns\")", "Path.of(args[0])"),
                        ".epochs(3)",
                        ".config(org.lsradapt.training.settings.TrainingConfig.builder().headSteps(60).epochs(1).build())"));
        DocumentedJava.compile(folder, folder.resolve("Nouns.java"));
        Path saved = folder.resolve("saved");
        DocumentedJava.main(folder, "Nouns", saved.toString());
        FileTime first = Files.getLastModifiedTime(saved);
        DocumentedJava.main(folder, "Nouns", saved.toString());
        assertEquals(first, Files.getLastModifiedTime(saved));

        PageArtifacts.compile(
                folder,
                page,
                OWN_DATA.formatted(replace(
                        replace(blocks.get(1), "Path.of(\"train.csv\")", "folder.resolveSibling(\"train.csv\")"),
                        "Path.of(\"reviews\")",
                        "folder")));
        StringBuilder reviews = new StringBuilder("review,opinion\n");
        for (int i = 0; i < 20; i++) {
            reviews.append("a great film part " + i + ",good\na dull film part " + i + ",bad\n");
        }
        Files.writeString(folder.resolve("train.csv"), reviews);
        assertEquals(
                "2 good",
                DocumentedJava.call(folder, "ownData", folder.resolve("own").toFile()));
    }

    private static String replace(String text, String part, String by) {
        assertTrue(text.contains(part), text);
        return text.replace(part, by);
    }

    /** The first sections are for those who have the core alone. */
    @Test
    void snippets_compiledAndRun_trainTheAdapter(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/layers.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(3, blocks.size());
        Path core = Files.createDirectory(folder.resolve("core"));
        PageArtifacts.compile(
                core,
                page.substring(0, page.indexOf("## Save and load")),
                LAYERS.formatted(blocks.get(0), blocks.get(1)));
        double[] result = (double[]) DocumentedJava.call(core, "run");
        assertTrue(result[0] < 0.5, "error left: " + result[0]);
        assertEquals(0, result[1], "W was written");
        assertEquals(0, result[2], 1e-3, "exported LoRA matrices give another weight");
        assertTrue(DocumentedJava.call(core, "config").toString().contains("inFactors=[48, 16]"));
        PageArtifacts.compile(folder, page, SAVED_LAYERS.formatted(blocks.get(2)));
        double error = (double)
                DocumentedJava.call(folder, "save", folder.resolve("saved").toFile());
        assertTrue(error < 1e-6, "loaded adapters are off by " + error);
    }
}
