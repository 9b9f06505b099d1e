package org.lsradapt.tasks.masked;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Conversation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.reranking.RerankerTest;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenClassifier;
import org.lsradapt.tasks.tokens.TokenClassifierTest;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.settings.TrainingConfig;

/** Encoders learn from hidden words, and other tasks start from what they learned. */
class MaskedLanguageModelTest {
    private static final List<String> TEXTS =
            IntStream.range(0, 30).mapToObj(Samples::text).toList();
    private static final TrainingConfig QUICK =
            Samples.quick().epochs(12).headSteps(0).build();
    private static final TrainingConfig STILL =
            Samples.quick().epochs(1).learningRate(1e-30).weightDecay(0).build();

    @TempDir
    Path parent;

    private static MaskedLanguageModel.Training training() {
        return MaskedLanguageModel.on(Samples.model("bert-masked"))
                .targets(LayerSelector.allLinear())
                .config(QUICK);
    }

    private static void assertMessage(String expected, Executable failing) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, failing)
                        .getMessage()
                        .replace(Samples.model("") + "/", ""));
    }

    @Test
    void train_save_load_andOtherTasksStartFromIt() throws Exception {
        Path folder = parent.resolve("masked");
        Map<String, Double> after;
        List<String> layers;
        try (BaseModel base = BaseModel.load(Samples.model("bert-masked"));
                MaskedLanguageModel asItIs = MaskedLanguageModel.of(base);
                MaskedLanguageModel model = training().train(TEXTS)) {
            Map<String, Double> before = asItIs.evaluate(TEXTS);
            after = model.evaluate(TEXTS);
            assertEquals(List.of("pseudo_perplexity", "masked_accuracy"), List.copyOf(after.keySet()));
            assertTrue(after.get("pseudo_perplexity") < 0.5 * before.get("pseudo_perplexity"), before + " " + after);
            assertTrue(after.get("masked_accuracy") > before.get("masked_accuracy") + 0.2, before + " " + after);
            AdapterSet set = model.adapters().orElseThrow();
            layers = set.adapters().stream().map(LayerAdapter::name).toList();
            assertTrue(
                    layers.size() > 2 && layers.stream().noneMatch(name -> name.contains("pooler")), layers::toString);
            model.save(folder);
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                assertEquals(
                        after.get("pseudo_perplexity"), model.evaluate(TEXTS).get("pseudo_perplexity"), 1e-3);
            }
        }
        try (MaskedLanguageModel model = MaskedLanguageModel.load(folder)) {
            assertEquals(after, model.evaluate(TEXTS));
            assertEquals(0, model.headParameterCount());
        }
        String bert = Samples.model("bert-masked");
        try (TextClassifier classifier =
                TextClassifier.on(bert).from(folder).config(STILL).train(Samples.weather(12), Samples.weather(6))) {
            assertStarted(folder, classifier, layers);
        }
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        try (TextEmbedder embedder =
                TextEmbedder.on(bert).from(folder).config(STILL).train(pairs, pairs)) {
            assertStarted(folder, embedder, layers);
        }
        List<LabelledWords> words = TokenClassifierTest.SENTENCES;
        try (TokenClassifier tokens =
                TokenClassifier.on(bert).from(folder).config(STILL).train(words, words.subList(0, 6))) {
            assertStarted(folder, tokens, layers);
        }
        try (Reranker reranker = Reranker.on(bert)
                .from(folder)
                .config(STILL)
                .train(RankingData.of(RerankerTest.queries(false))
                        .dev(RerankerTest.queries(false))
                        .read())) {
            assertStarted(folder, reranker, layers);
        }
        try (MaskedLanguageModel further =
                MaskedLanguageModel.on(bert).from(folder).config(STILL).train(TEXTS)) {
            assertStarted(folder, further, layers);
        }
    }

    private static void assertStarted(Path folder, FineTunedModel model, List<String> layers) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            List<? extends LayerAdapter> adapters =
                    model.adapters().orElseThrow().adapters();
            assertEquals(layers, adapters.stream().map(LayerAdapter::name).toList());
            for (LayerAdapter adapter : adapters) {
                adapter.parameters()
                        .forEach(parameter -> assertArrayEquals(
                                saved.arrays(adapter.name())
                                        .get(parameter.name())
                                        .ravel()
                                        .toFloatVector(),
                                parameter.value().ravel().toFloatVector()));
            }
        }
    }

    @Test
    void trainings_ofOneSeed_areTheSameToTheBit_alsoWhenTheyGoOn() throws Exception {
        List<float[]> trained = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            try (MaskedLanguageModel model = training()
                    .adapters(LsrConfig.lora(2, 2))
                    .config(QUICK.toBuilder().epochs(2).build())
                    .checkpoints(Checkpoints.in(parent.resolve("checkpoints" + i)))
                    .train(TEXTS)) {
                trained.add(model.adapters().orElseThrow().values().toFloatVector());
            }
        }
        assertArrayEquals(trained.get(0), trained.get(1));
        String refused = assertThrows(
                        IOException.class,
                        () -> training()
                                .adapters(LsrConfig.lora(2, 2))
                                .rate(0.3)
                                .config(QUICK.toBuilder().epochs(2).build())
                                .checkpoints(Checkpoints.in(parent.resolve("checkpoints0")))
                                .train(TEXTS))
                .getMessage();
        assertTrue(refused.contains("training data"), refused);
    }

    @Test
    void modelsWithoutAHead_areRefusedByTheirMissingTensors() {
        assertMessage(
                "bert/model.safetensors: the model has no head of a masked language model: there is no"
                        + " tensor of it, such as cls.predictions.transform.dense.weight; expected bert-base, bert-base-cased,"
                        + " bert-base-multilingual, which have one, or the folder of such a model (BertForMaskedLM)",
                () -> MaskedLanguageModel.on(Samples.model("bert")).train(TEXTS));
        assertMessage(
                "electra/model.safetensors: the model has no head of a masked language model: there is no"
                        + " tensor of it, such as generator_predictions.dense.weight; expected bert-base, bert-base-cased,"
                        + " bert-base-multilingual, which have one, or the folder of such a model (ElectraForMaskedLM)",
                () -> MaskedLanguageModel.on(Samples.model("electra")).train(TEXTS));
        assertMessage(
                "llama/model.safetensors: the model has no head of a masked language model: models of type llama predict no"
                        + " hidden tokens, expected an encoder",
                () -> MaskedLanguageModel.on(Samples.model("llama")).train(TEXTS));
        String minilm = assertThrows(
                        IllegalArgumentException.class,
                        () -> MaskedLanguageModel.on("minilm").train(TEXTS))
                .getMessage();
        assertTrue(
                minilm.contains("; expected bert-base, bert-base-cased, bert-base-multilingual, which have one,"),
                minilm);
    }

    @Test
    void untiedDecoders_conversations_andOtherUsesOfTheFolder_areRefused() throws Exception {
        Path untied = Files.createDirectory(parent.resolve("untied"));
        Path source = Path.of(Samples.model("bert-masked"));
        for (String file : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(source.resolve(file), untied.resolve(file));
        }
        String config = Files.readString(source.resolve("config.json"));
        assertTrue(config.contains("\"tie_word_embeddings\": true"), config);
        Files.writeString(
                untied.resolve("config.json"),
                config.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> MaskedLanguageModel.on(untied.toString()).train(TEXTS))
                .getMessage();
        assertTrue(
                message.endsWith("its decoder cls.predictions.decoder.weight is not the table of the word embeddings,"
                        + " expected one that is tied to it"),
                message);
        Conversation talk = Conversation.of(ChatMessage.user("the sun"), ChatMessage.assistant("is warm"));
        assertMessage(
                "masked language model: found conversations, expected plain texts",
                () -> training()
                        .train(LanguageModelData.of(List.of(talk, talk, talk))
                                .dev(List.of(talk))
                                .read()));
        Path folder = parent.resolve("masked");
        try (MaskedLanguageModel model =
                training().config(QUICK.toBuilder().epochs(1).build()).train(TEXTS)) {
            model.save(folder);
        }
        assertFalse(Files.readString(folder.resolve("adapter_config.json")).contains("\"head\""));
        assertMessage(
                folder + ": holds a MaskedLanguageModel, expected a TextClassifier", () -> TextClassifier.load(folder));
        try (SavedAdapter saved = AdapterFolder.load(folder);
                BaseModel base = BaseModel.load(Samples.model("bert-masked"))) {
            assertMessage(
                    "task " + saved.card().orElseThrow().task().name()
                            + ": predicts hidden tokens by the base model's own head, expected MaskedLanguageModel.load, or a"
                            + " training of another task that starts from it",
                    () -> RestoredModel.of(
                            saved, base.weights(), base.name(), base.encoderFingerprint(), Backends.standard()));
        }
    }
}
