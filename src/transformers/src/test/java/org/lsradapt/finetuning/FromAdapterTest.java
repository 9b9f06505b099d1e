package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.tasks.answers.AnswerExtractor;
import org.lsradapt.tasks.answers.AnswerExtractorTest;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.images.ImageClassifier;
import org.lsradapt.tasks.images.LabelledImage;
import org.lsradapt.tasks.labels.MultiLabelClassifier;
import org.lsradapt.tasks.labels.MultiLabelClassifierTest;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.reranking.RerankerTest;
import org.lsradapt.tasks.tokens.TokenClassifier;
import org.lsradapt.tasks.tokens.TokenClassifierTest;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;

/** Adapters of a folder, trained further for another task. */
class FromAdapterTest {
    private static final LsrConfig LORA = LsrConfig.lora(3, 5);
    private static final TrainingConfig STILL = SmallTrainings.config()
            .learningRate(1e-30)
            .weightDecay(0)
            .headSteps(3)
            .build();

    @TempDir
    Path parent;

    private Path classifier(LayerSelector targets) throws Exception {
        Path folder = parent.resolve("classifier");
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .adapters(LORA)
                .targets(targets)
                .config(Samples.quick().epochs(1).build())
                .train(Samples.weather(20), Samples.weather(6))) {
            trained.save(folder);
        }
        return folder;
    }

    private static void assertAsSaved(Path folder, AdapterSet set) {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals(
                    saved.layerNames(),
                    set.adapters().stream().map(LayerAdapter::name).toList());
            for (LayerAdapter adapter : set.adapters()) {
                assertEquals(saved.config(adapter.name()), adapter.config());
                for (Parameter parameter : adapter.parameters()) {
                    assertArrayEquals(
                            saved.arrays(adapter.name())
                                    .get(parameter.name())
                                    .ravel()
                                    .toFloatVector(),
                            parameter.value().ravel().toFloatVector());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void encoders_beginWithTheFoldersParameters_andKeepItsSettings() throws Exception {
        Path folder = classifier(LayerSelector.suffixes(List.of("key", "query")));
        try (TokenClassifier tokens = TokenClassifier.on(Samples.model("bert"))
                .from(folder)
                .config(STILL)
                .initialization(set -> assertAsSaved(folder, set))
                .train(TokenClassifierTest.SENTENCES, TokenClassifierTest.SENTENCES.subList(0, 6))) {
            assertAsSaved(folder, tokens.adapters().orElseThrow());
        }
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        Path embedder = parent.resolve("embedder");
        try (TextEmbedder trained = TextEmbedder.on(Samples.model("bert"))
                .from(folder)
                .config(SmallTrainings.config().build())
                .initialization(set -> assertAsSaved(folder, set))
                .train(pairs, pairs)) {
            trained.save(embedder);
        }
        // Its fingerprint is one without the pooler.
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .from(embedder)
                .config(STILL)
                .train(Samples.weather(20), Samples.weather(6))) {
            assertAsSaved(embedder, trained.adapters().orElseThrow());
        }
    }

    @Test
    void rerankersLabelsAndAnswers_beginWithTheFoldersParameters() throws Exception {
        Path folder = classifier(LayerSelector.suffixes(List.of("key", "query")));
        try (Reranker trained = Reranker.on(Samples.model("bert"))
                .from(folder)
                .config(STILL)
                .train(RerankerTest.queries(false), RerankerTest.queries(false))) {
            assertAsSaved(folder, trained.adapters().orElseThrow());
        }
        try (MultiLabelClassifier trained = MultiLabelClassifier.on(Samples.model("bert"))
                .from(folder)
                .config(STILL)
                .train(MultiLabelClassifierTest.TEXTS, MultiLabelClassifierTest.TEXTS)) {
            assertAsSaved(folder, trained.adapters().orElseThrow());
        }
        try (AnswerExtractor trained = AnswerExtractor.on(Samples.model("bert"))
                .from(folder)
                .config(STILL)
                .train(AnswerExtractorTest.QUESTIONS)) {
            assertAsSaved(folder, trained.adapters().orElseThrow());
        }
    }

    @Test
    void images_beginWithTheFoldersParameters_andTextsRefuseThem() throws Exception {
        String model = SmallImages.model(parent.resolve("vit")).toString();
        List<LabelledImage> pictures = SmallImages.write(parent.resolve("pictures"), 12);
        Path folder = parent.resolve("images");
        try (ImageClassifier trained = ImageClassifier.on(model)
                .adapters(LORA)
                .config(SmallTrainings.config().build())
                .train(pictures, pictures)) {
            trained.save(folder);
        }
        try (ImageClassifier further =
                ImageClassifier.on(model).from(folder).config(STILL).train(pictures, pictures)) {
            assertAsSaved(folder, further.adapters().orElseThrow());
        }
        String other = refusal(() ->
                TextClassifier.on(Samples.model("bert")).from(folder).train(Samples.weather(20), Samples.weather(6)));
        assertTrue(other.contains("fingerprint"), other);
    }

    /** With dropout, and of another folder refused. */
    @Test
    void resumed_isTheSameToTheBit() throws Exception {
        Path folder = classifier(LayerSelector.suffixes(List.of("key", "query")));
        float[] expected;
        try (TextClassifier whole = further(folder, TrainingListener.SILENT, "whole")) {
            expected = whole.adapters().orElseThrow().values().toFloatVector();
        }
        TrainingListener stopping = new TrainingListener() {
            @Override
            public void evaluated(EvaluationResult result, boolean best) {
                if (result.epoch() == 1) {
                    throw new UnsupportedOperationException("stopped");
                }
            }
        };
        assertThrows(
                UnsupportedOperationException.class,
                () -> further(folder, stopping, "stopped").close());
        try (TextClassifier resumed = further(folder, TrainingListener.SILENT, "stopped")) {
            assertArrayEquals(
                    expected, resumed.adapters().orElseThrow().values().toFloatVector());
        }
        Path other = parent.resolve("other");
        try (TextClassifier trained = TextClassifier.load(folder)) {
            trained.adapters().orElseThrow().values().muli(0.5);
            trained.save(other);
        }
        String message = assertThrows(
                        IOException.class,
                        () -> further(other, TrainingListener.SILENT, "stopped").close())
                .getMessage();
        assertTrue(message.contains("initial parameters"), message);
    }

    private TextClassifier further(Path folder, TrainingListener listener, String state) throws IOException {
        return TextClassifier.on(Samples.model("bert"))
                .from(folder)
                .config(Samples.quick().epochs(3).dropout(0.3).headSteps(4).build())
                .listener(listener)
                .checkpoints(Checkpoints.in(parent.resolve(state)))
                .train(Samples.weather(20), Samples.weather(6));
    }

    @Test
    void languageModels_thatHardlyLearn_predictAsTheFoldersAdapters() throws Exception {
        Path folder = parent.resolve("generator");
        LanguageModelData data = LanguageModelData.of(SmallTrainings.COMPLETIONS)
                .dev(SmallTrainings.COMPLETIONS.subList(0, 1))
                .read();
        double expected;
        try (TextGenerator trained = TextGenerator.on(Samples.model("llama"))
                .config(SmallTrainings.config().learningRate(0.02).build())
                .train(data)) {
            expected = trained.perplexity(data.evaluation());
            trained.save(folder);
        }
        try (TextGenerator further = TextGenerator.on(Samples.model("llama"))
                .from(folder)
                .config(STILL)
                .train(data)) {
            assertAsSaved(folder, further.adapters().orElseThrow());
            assertEquals(expected, further.perplexity(data.evaluation()), 1e-6 * expected);
        }
        try (TextGenerator fresh =
                TextGenerator.on(Samples.model("llama")).config(STILL).train(data)) {
            assertNotEquals(expected, fresh.perplexity(data.evaluation()), 1e-3 * expected);
        }
    }

    private static String refusal(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void whatDoesNotFit_isRefused() throws Exception {
        Path folder = classifier(LayerSelector.allLinear());
        String other = refusal(() -> TextClassifier.on(Samples.model("deberta-v3"))
                .from(folder)
                .train(Samples.weather(20), Samples.weather(6)));
        assertTrue(other.contains("fingerprint") && other.contains("deberta-v3"), other);
        String unread = refusal(() -> TokenClassifier.on(Samples.model("bert"))
                .from(folder)
                .train(TokenClassifierTest.SENTENCES, TokenClassifierTest.SENTENCES));
        assertTrue(unread.contains("pooler.dense' is adapted, and the training does not read it"), unread);
        for (Executable both : List.<Executable>of(
                () -> TextClassifier.on("minilm").from(folder).adapters(LORA),
                () -> TextClassifier.on("minilm")
                        .targets(LayerSelector.allLinear())
                        .from(folder),
                () -> TextClassifier.on("minilm").from(folder).headOnly())) {
            String message = refusal(both);
            assertTrue(message.contains("adapters from " + folder + " have the settings and layers"), message);
        }
        Path head = parent.resolve("head");
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .headOnly()
                .config(SmallTrainings.config().build())
                .train(Samples.weather(20), Samples.weather(6))) {
            trained.save(head);
        }
        assertEquals(
                head + ": has a head alone, expected adapters",
                refusal(() -> TextClassifier.on("minilm").from(head)));
    }
}
