package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.TextEmbedder;

/** Compiles and runs the Java of docs/getting-started.md, and what README.md opens with. */
class GettingStartedIT {
    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.Path;

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

    private static final String EMBEDDINGS = """
            import java.io.File;
            import java.nio.file.Path;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
            %s
                    return "";
                }
            }
            """;

    private static final String FRONT_DOOR = """
            import java.io.File;
            import java.nio.file.Path;

            public class Snippets {
                public static Object run(File file) throws Exception {
                    Path folder = file.toPath();
            %s
                    try (TextClassifier classifier = TextClassifier.load(folder)) {
                        return classifier.labels() + " " + classifier.predict("a great film").label();
                    }
                }
            }
            """;

    private static final String README = """
            public class Snippets {
                static final List<Double> ERRORS = new ArrayList<>();
                static INDArray target;

                static INDArray lossGradient(INDArray y) {
                    INDArray error = y.sub(target);
                    ERRORS.add(error.norm2Number().doubleValue());
                    return error.mul(2.0 / error.length());
                }

                public static Object run() {
                    Nd4j.getRandom().setSeed(1);
                    INDArray W = Nd4j.randn(DataType.FLOAT, 24, 20);
                    INDArray x = Nd4j.randn(DataType.FLOAT, 64, 24);
                    target = x.mmul(W.add(Nd4j.randn(DataType.FLOAT, 24, 2).mmul(Nd4j.randn(DataType.FLOAT, 2, 20))));
                    int steps = 200;
            %s
                    return ERRORS.get(199) / ERRORS.get(0);
                }
            }
            """;

    @Test
    void frontDoor_compiledAndRun_trainsAClassifier(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("README.md"));
        String snippet = DocumentedJava.blocks(page).get(0);
        DocumentedJava.compile(folder, page, FRONT_DOOR.formatted(snippet));
        assertEquals(
                "[bad, good] good",
                DocumentedJava.call(folder, "run", folder.resolve("saved").toFile()));
    }

    @Test
    void embeddings_compiledAndRun_trainAnEmbedder(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("README.md"));
        String snippet = DocumentedJava.blocks(page).get(1);
        DocumentedJava.compile(folder, page, EMBEDDINGS.formatted(snippet));
        Path saved = folder.resolve("saved");
        DocumentedJava.call(folder, "run", saved.toFile());
        try (TextEmbedder embedder = TextEmbedder.load(saved)) {
            assertEquals(384, embedder.embedQuery("Can I still call off order 7?").length);
        }
    }

    @Test
    void readme_compiledAndRun_trainsTheAdapter(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("README.md"));
        String snippet = DocumentedJava.blocks(page).get(2);
        DocumentedJava.compile(folder, page, README.formatted(snippet));
        double left = (double) DocumentedJava.call(folder, "run");
        assertTrue(left < 0.5, "error left: " + left);
    }

    @Test
    void snippets_compiledAndRun_trainTheAdapter(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/getting-started.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(3, blocks.size());
        DocumentedJava.compile(folder, page, SOURCE.formatted(blocks.get(0), blocks.get(1), blocks.get(2)));
        double[] result = (double[]) DocumentedJava.call(folder, "run");
        assertTrue(result[0] < 0.5, "error left: " + result[0]);
        assertEquals(0, result[1], "W was written");
        assertEquals(0, result[2], 1e-3, "exported LoRA matrices give another weight");
        double error = (double)
                DocumentedJava.call(folder, "save", folder.resolve("saved").toFile());
        assertTrue(error < 1e-6, "loaded adapters are off by " + error);
        assertTrue(DocumentedJava.call(folder, "config").toString().contains("inFactors=[48, 16]"));
    }
}
