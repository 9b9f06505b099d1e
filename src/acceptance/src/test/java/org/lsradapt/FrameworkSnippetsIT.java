package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.classification.TextClassifier;

/** Compiles and runs the Java of docs/guides/frameworks.md. */
class FrameworkSnippetsIT {
    private static final String SOURCE = """
            import java.io.File;
            import org.nd4j.linalg.dataset.DataSet;

            public class Snippets {
                static final DataSet data =
                        new DataSet(Nd4j.ones(DataType.FLOAT, 4, 8), Nd4j.ones(DataType.FLOAT, 4, 6));

                public static Object sameDiff(File file) {
                    SameDiff sd = SameDiff.create();
                    SDVariable input = sd.placeHolder("x", DataType.FLOAT, -1, 8);
                    SDVariable labels = sd.placeHolder("labels", DataType.FLOAT, -1, 6);
                    SDVariable h = input.mmul(sd.var("query.weight", Nd4j.ones(DataType.FLOAT, 8, 8)));
                    SDVariable error = h.mmul(sd.var("value.weight", Nd4j.ones(DataType.FLOAT, 8, 6))).sub(labels);
                    sd.setLossVariables(error.mul(error).sum("loss"));
                    TrainingConfig training = TrainingConfig.builder()
                            .updater(new Adam(0.01)).dataSetFeatureMapping("x").dataSetLabelMapping("labels").build();
            %s
                    return SameDiffAdapters.find(SameDiff.load(file, true)).weights();
                }

                public static Object linear(File file) {
                    SameDiff sd = SameDiff.create();
                    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 8);
                    INDArray weight = Nd4j.ones(DataType.FLOAT, 8, 6);
                    INDArray bias = Nd4j.ones(DataType.FLOAT, 6);
            %s
                    return y.name();
                }

                public static Object dl4j(File file) {
                    MultiLayerNetwork trained = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                            .updater(new Adam(0.01)).list()
                            .layer(new DenseLayer.Builder().name("hidden1").nIn(8).nOut(8).build())
                            .layer(new DenseLayer.Builder().name("hidden2").nIn(8).nOut(8).build())
                            .layer(new OutputLayer.Builder(LossFunction.MSE).nIn(8).nOut(6).build())
                            .build());
                    trained.init();
            %s
                    Object first = merged.getLayer(0).conf().getLayer();
                    return adapters.lsrAdapters().size() + " " + first.getClass().getSimpleName();
                }

                public static Object layer(File file) {
            %s
                    return layer.config();
                }

                public static Object beans(File file) throws IOException {
                    MicronautClassifiers micronaut = new MicronautClassifiers();
                    CdiClassifiers cdi = new CdiClassifiers();
                    TextClassifier first = micronaut.classifier(file.toString());
                    TextClassifier second = cdi.classifier(file.toString());
                    boolean same = first.predict("hello world").equals(second.predict("hello world"));
                    first.close();
                    cdi.close(second);
                    try {
                        second.predict("hello world");
                    } catch (IllegalStateException e) {
                        return same;
                    }
                    return "open";
                }

            %s
            %s
            }
            """;

    @Test
    void snippets_compiledAndRun_giveWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/frameworks.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        Object[] nested = blocks.stream()
                .map(block -> block.replace("public class ", "public static class "))
                .toArray();
        PageArtifacts.compile(folder, page, SOURCE.formatted(nested));
        Path file = folder.resolve("graph.fb");
        assertEquals(List.of("query.weight", "value.weight"), DocumentedJava.call(folder, "sameDiff", file.toFile()));
        assertTrue(Files.size(file) > 0);
        assertEquals("dense", DocumentedJava.call(folder, "linear", file.toFile()));
        assertEquals("2 DenseLayer", DocumentedJava.call(folder, "dl4j", file.toFile()));
        assertEquals(LsrConfig.defaults(), DocumentedJava.call(folder, "layer", file.toFile()));
        assertEquals(
                true, DocumentedJava.call(folder, "beans", classifier(folder).toFile()));
    }

    private static Path classifier(Path folder) throws IOException {
        Path saved = folder.resolve("classifier");
        Path model = TinyModels.writeBert(Files.createDirectory(folder.resolve("model")), 1);
        List<LabelledText> examples = List.of(
                LabelledText.of("hello world", "good"),
                LabelledText.of("cafe", "bad"),
                LabelledText.of("hello", "good"),
                LabelledText.of("the bank", "bad"));
        try (TextClassifier classifier =
                TextClassifier.on(model.toString()).epochs(1).train(examples, examples)) {
            classifier.save(saved);
        }
        return saved;
    }
}
