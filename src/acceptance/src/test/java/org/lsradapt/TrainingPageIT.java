package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.Main;
import org.lsradapt.finetuning.Samples;

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
                            .read();
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

                public static List<String> ordered() throws Exception {
                    String model = "src/transformers/src/test/resources/golden/families/bert";
                    Path folder = Path.of(Snippets.class.getProtectionDomain().getCodeSource().getLocation().toURI());
                    List<LabelledText> texts = IntStream.range(0, 30)
                            .mapToObj(i -> LabelledText.of("the sun " + "is ".repeat(i), List.of("low", "mid", "high").get(i / 10)))
                            .toList();
            %s
                    try (OrdinalClassifier loaded = OrdinalClassifier.load(folder.resolve("adapter"))) {
                        return loaded.labels();
                    }
                }

                public static TrainingResult stopped() throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/llama";
                    Path state = Path.of(Snippets.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .resolve("state");
                    LanguageModelData data = LanguageModelData.of(IntStream.range(0, 20)
                                    .mapToObj(i -> new PromptCompletion("The sun is", " warm " + i + " times."))
                                    .toList())
                            .read();
            %s
                }

                public static double[] memory() throws Exception {
                    String folder = "src/transformers/src/test/resources/golden/families/llama";
            %s
                }
            }
            """;

    private static final String PAIR = """
            import java.nio.file.Path;
            import java.util.*;
            import org.lsradapt.data.*;
            import org.lsradapt.lsr.*;
            import org.lsradapt.tasks.classification.*;

            public class Snippets {
                public static Object train(java.io.File file) throws Exception {
                    LabelledData data = LabelledData.classification(file.toPath()).read();
                    try (TextClassifier classifier = %s) {
                        return classifier.training().orElseThrow().evaluations().stream()
                                .map(one -> one.loss() + " " + one.metrics())
                                .toList();
                    }
                }
            }
            """;

    private static final Pattern PAIRS =
            Pattern.compile("(?m)^ {4}lsr-adapt (finetune .*)\\n\\n {4}(TextClassifier\\.on\\(\"minilm\"\\).*);$");

    /** A command and the Java below it train with the same settings: all losses and metrics are equal. */
    @Test
    void commandsAndJava_trainTheSame(@TempDir Path folder) throws Exception {
        Path table = folder.resolve("train.csv");
        StringBuilder rows = new StringBuilder("text,label\n");
        Samples.weather(60).forEach(text -> rows.append(text.text() + "," + text.label() + "\n"));
        Files.writeString(table, rows);
        String model = Samples.model("bert");
        List<MatchResult> pairs = PAIRS.matcher(Files.readString(Path.of("docs/guides/training.md")))
                .results()
                .toList();
        assertEquals(2, pairs.size());
        for (int i = 0; i < pairs.size(); i++) {
            Path run = folder.resolve("run" + i);
            List<String> command = new ArrayList<>(List.of(pairs.get(i).group(1).split(" ")));
            command.set(command.indexOf("train.csv"), table.toString());
            command.addAll(List.of("--model", model, "--out", run.toString(), "--quiet"));
            assertEquals(0, Main.run(command.toArray(new String[0]), System.in, System.out, System.err));
            List<String> byCommand = new ArrayList<>();
            for (JsonNode epoch : new ObjectMapper()
                    .readTree(run.resolve("metrics.json").toFile())
                    .at("/results/0/epochs")) {
                byCommand.add(epoch.get("loss").doubleValue() + " "
                        + new ObjectMapper().convertValue(epoch.get("metrics"), LinkedHashMap.class));
            }
            Path classes = Files.createDirectory(folder.resolve("classes" + i));
            Path source = classes.resolve("Snippets.java");
            Files.writeString(source, PAIR.formatted(pairs.get(i).group(2).replace("minilm", model)));
            DocumentedJava.compile(classes, source);
            List<?> byJava = (List<?>) DocumentedJava.call(classes, "train", table.toFile());
            assertEquals(
                    String.join("\n", byCommand),
                    byJava.stream().map(String::valueOf).collect(Collectors.joining("\n")));
        }
    }

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/training.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(5, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.toArray()));
        double[] perplexities = (double[]) DocumentedJava.call(folder, "run");
        assertTrue(perplexities[1] < 0.8 * perplexities[0], () -> perplexities[1] + " after " + perplexities[0]);
        double[] weights = (double[]) DocumentedJava.call(folder, "weights");
        assertEquals(2 / 3.0, weights[1], 1e-15);
        assertEquals(2, weights[2], 1e-15);
        assertEquals(List.of("low", "mid", "high"), DocumentedJava.call(folder, "ordered"));
        Object first = DocumentedJava.call(folder, "stopped");
        assertEquals(first, DocumentedJava.call(folder, "stopped"), "it is not repeated, so even times are the same");
        double[] memory = (double[]) DocumentedJava.call(folder, "memory");
        assertTrue(memory[0] > 0 && memory[1] > memory[0]);
    }
}
