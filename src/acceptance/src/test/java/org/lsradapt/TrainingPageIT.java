package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/training.md, on a tiny causal model. */
class TrainingPageIT {
    private static final String SOURCE = """
            public class Snippets {
                public static double[] run() throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/llama";
                    Backend backend = Backends.standard();
                    LanguageModelData data = LanguageModelData.of(IntStream.range(0, 40)
                                    .mapToObj(i -> new PromptCompletion("The sun is", " warm " + i + " times."))
                                    .toList())
                            .build();
            %s
                }

                public static double[] weights() throws Exception {
                    Backend backend = Backends.standard();
                    int[] labels = {0, 0, 0, 1};
                    try (PretrainedModel base = Models.load("src/transformers/src/test/resources/golden/families/llama");
                            TransformerWeights weights =
                                    new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                            SequenceHead head = new SequenceHead(weights, 2, 1)) {
            %s
                        return new double[] {objective.weight(List.of(), List.of()), classWeights[0], classWeights[1]};
                    }
                }

                public static TrainingResult stopped() throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/llama";
                    Path state = Path.of(Snippets.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .resolve("state");
                    LanguageModelData data = LanguageModelData.of(IntStream.range(0, 20)
                                    .mapToObj(i -> new PromptCompletion("The sun is", " warm " + i + " times."))
                                    .toList())
                            .build();
            %s
                }

                public static double[] memory() throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/llama";
            %s
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/training.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(4, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.toArray()));
        double[] perplexities = (double[]) DocumentedJava.call(folder, "run");
        assertTrue(perplexities[1] < 0.8 * perplexities[0], () -> perplexities[1] + " after " + perplexities[0]);
        double[] weights = (double[]) DocumentedJava.call(folder, "weights");
        assertEquals(2 / 3.0, weights[1], 1e-15);
        assertEquals(2, weights[2], 1e-15);
        Object first = DocumentedJava.call(folder, "stopped");
        assertEquals(first, DocumentedJava.call(folder, "stopped"), "it is not repeated, so even times are the same");
        double[] memory = (double[]) DocumentedJava.call(folder, "memory");
        assertTrue(memory[0] > 0 && memory[1] > memory[0]);
    }
}
