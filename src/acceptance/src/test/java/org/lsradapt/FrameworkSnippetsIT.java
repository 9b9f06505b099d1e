package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Conversation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;

/** Compiles and runs the Java of docs/guides/frameworks.md. */
class FrameworkSnippetsIT {
    private static final String SOURCE = """
            import dev.langchain4j.data.message.AiMessage;
            import dev.langchain4j.model.chat.ChatModel;
            import dev.langchain4j.model.chat.request.ChatRequest;
            import dev.langchain4j.model.chat.response.ChatResponse;
            import dev.langchain4j.rag.content.Content;
            import dev.langchain4j.rag.content.retriever.ContentRetriever;
            import java.io.*;
            import java.nio.file.Path;
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

                public static Object chat(File file) throws Exception {
                    Path folder = file.toPath();
                    PrintStream out = System.out;
                    ByteArrayOutputStream printed = new ByteArrayOutputStream();
                    System.setOut(new PrintStream(printed, true, "UTF-8"));
                    try {
            %s
                        for (int i = 0; i < 3000 && !printed.toString("UTF-8").contains("STOP"); i++) {
                            Thread.sleep(10);
                        }
                        generator.close();
                        return answer + ", " + printed.toString("UTF-8").strip();
                    } finally {
                        System.setOut(out);
                    }
                }

                interface Assistant {
                    String chat(String question);
                }

                public static Object classify(File file) throws Exception {
                    Path folder = file.toPath();
                    ContentRetriever invoices = query -> List.of(Content.from("invoices"));
                    ContentRetriever timetables = query -> List.of(Content.from("timetables"));
                    ChatModel model = new ChatModel() {
                        public ChatResponse doChat(ChatRequest request) {
                            String asked = request.messages().toString();
                            String answer = asked.contains("Answer politely.") ? "the invoice" : "is an insult";
                            return ChatResponse.builder().aiMessage(AiMessage.from(answer)).build();
                        }
                    };
            %s
                    String answer = assistant.chat("the invoice is wrong");
                    String refused;
                    try {
                        refused = assistant.chat("is an insult");
                    } catch (RuntimeException e) {
                        refused = e.getMessage();
                    }
                    classifier.close();
                    return found + " " + answer + " " + refused;
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

        trainGenerator(folder);
        trainClassifier(folder.resolve("topics"));
        assertEquals("the sun, the sun STOP", DocumentedJava.call(folder, "chat", folder.toFile()));
        String classified = (String) DocumentedJava.call(folder, "classify", folder.toFile());
        assertTrue(classified.startsWith("[BILLING] the invoice "), classified);
        assertTrue(classified.endsWith("failed with this message: Please be polite."), classified);
        assertEquals(
                true, DocumentedJava.call(folder, "beans", classifier(folder).toFile()));
    }

    /** Saves a small model that answers every question alike. */
    private static void trainGenerator(Path folder) throws Exception {
        Path base = Files.createDirectory(folder.resolve("llama"));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                base.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}\n{{ m.content }}<|end_of_text|>{% endfor %}"
                        + "{% if add_generation_prompt %}assistant\n{% endif %}");
        List<Conversation> talks = Collections.nCopies(
                4, Conversation.of(ChatMessage.user("Name a river."), ChatMessage.assistant("the sun")));
        try (TextGenerator generator = TextGenerator.on(base.toString())
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(60).batchSize(2).build())
                .train(LanguageModelData.of(talks).dev(talks.subList(0, 1)).read())) {
            generator.save(folder.resolve("chat"));
        }
    }

    private static void trainClassifier(Path folder) throws Exception {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 1; i < 12; i++) {
            String end = " .".repeat(i);
            texts.add(LabelledText.of("the invoice is wrong" + end, "billing"));
            texts.add(LabelledText.of("the sun is warm" + end, "travel"));
            texts.add(LabelledText.of("is an insult" + end, "insult"));
        }
        try (TextClassifier classifier = TextClassifier.on(Samples.model("bert"))
                .config(Samples.quick().epochs(20).build())
                .train(texts, texts)) {
            classifier.save(folder);
        }
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
