package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.tasks.answers.AnswerExtractor;
import org.lsradapt.tasks.answers.AnswerExtractorTest;
import org.lsradapt.tasks.answers.AnsweredQuestion;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.classification.TextRegressor;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.images.ImageClassifier;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.tasks.images.LabelledImage;
import org.lsradapt.tasks.images.ZeroShotClassifier;
import org.lsradapt.tasks.labels.MultiLabelClassifier;
import org.lsradapt.tasks.labels.MultiLabelText;
import org.lsradapt.tasks.masked.MaskedLanguageModel;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenClassifier;

/** Each use of a closed model says that it is closed, and names no part of it. */
class ClosedModelTest {
    private static final List<String> TEXTS = List.of("the sun is warm", "the rain is cold");

    @TempDir
    Path parent;

    private void assertClosed(FineTunedModel model, Map<String, Executable> uses) {
        model.close();
        uses.forEach((name, use) -> assertEquals(
                "the model is closed",
                assertThrows(IllegalStateException.class, use, name).getMessage(),
                name));
        assertEquals(
                "the model is closed",
                assertThrows(IllegalStateException.class, () -> model.save(parent.resolve("saved")))
                        .getMessage());
    }

    @Test
    void classifiersOfTexts() throws Exception {
        TextClassifier classifier = TextClassifier.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(Samples.weather(20), Samples.weather(6));
        assertClosed(
                classifier,
                Map.of(
                        "predict", () -> classifier.predict("the sun"),
                        "outputs",
                                () -> classifier.outputs(
                                        List.of(new Example("the sun", null, new Label.Category(0))))));
        TextRegressor regressor = TextRegressor.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(Samples.degrees(20), Samples.degrees(6));
        assertClosed(regressor, Map.of("predict", () -> regressor.predict("the sun")));
        List<MultiLabelText> labelled =
                List.of(MultiLabelText.of("the sun", "warm"), MultiLabelText.of("the rain", "cold", "wet"));
        MultiLabelClassifier labels = MultiLabelClassifier.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(labelled, labelled);
        assertClosed(labels, Map.of("predict", () -> labels.predict("the sun")));
    }

    @Test
    void reranker() throws Exception {
        List<JudgedQuery> judged = List.of(new JudgedQuery("the sun", TEXTS, List.of(1.0, 0.0), List.of(1.0, 2.0)));
        Reranker reranker = Reranker.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(judged, judged);
        assertClosed(reranker, Map.of("rank", () -> reranker.rank("the sun", TEXTS, 1)));
    }

    @Test
    void modelsOfWordsAndAnswers() throws Exception {
        List<LabelledWords> words = List.of(
                new LabelledWords(List.of("the", "sun"), List.of("O", "B-SUN")),
                new LabelledWords(List.of("the", "rain"), List.of("O", "B-RAIN")));
        TokenClassifier tagger = TokenClassifier.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(words, words);
        assertClosed(
                tagger, Map.of("predict", () -> tagger.predict("the sun"), "evaluate", () -> tagger.evaluate(words)));
        List<AnsweredQuestion> questions = AnswerExtractorTest.QUESTIONS.subList(0, 8);
        AnswerExtractor extractor = AnswerExtractor.on(Samples.model("bert"))
                .config(SmallTrainings.config().build())
                .train(questions);
        assertClosed(
                extractor,
                Map.of(
                        "answer", () -> extractor.answer("is the sun warm?", TEXTS.get(0)),
                        "evaluate", () -> extractor.evaluate(questions)));
    }

    @Test
    void embedder() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.embedder(folder);
        TextEmbedder embedder = TextEmbedder.load(folder);
        assertClosed(
                embedder,
                Map.of("embed", () -> embedder.embed("the sun"), "query", () -> embedder.embedQuery("the sun")));
    }

    @Test
    void languageModels() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.generator(folder);
        TextGenerator generator = TextGenerator.load(folder);
        assertClosed(
                generator,
                Map.of(
                        "generate", () -> generator.generate("the sun"),
                        "answer", () -> generator.answer(List.of(ChatMessage.user("the sun?"))),
                        "perplexity", () -> generator.perplexity(SmallTrainings.COMPLETIONS),
                        "sequences", () -> generator.sequences(SmallTrainings.COMPLETIONS, 8)));
        MaskedLanguageModel masked = MaskedLanguageModel.on(Samples.model("bert-masked"))
                .config(SmallTrainings.config().build())
                .train(List.of(TEXTS.get(0), TEXTS.get(1), "the sun is cold", "the rain is warm"));
        assertClosed(masked, Map.of("evaluate", () -> masked.evaluate(TEXTS)));
    }

    @Test
    void modelsOfImages() throws Exception {
        Path folder = parent.resolve("adapter");
        List<ImageSource> images = SmallTrainings.imageTextEmbedder(folder);
        ImageTextEmbedder embedder = ImageTextEmbedder.load(folder);
        ZeroShotClassifier classes = embedder.classes(List.of("left", "right"), "a field on the {}");
        assertClosed(
                embedder,
                Map.of(
                        "texts", () -> embedder.embedTexts(TEXTS),
                        "images", () -> embedder.embedImages(images),
                        "classes", () -> embedder.classes(List.of("left", "right"), "a field on the {}"),
                        "zero-shot", () -> classes.outputs(images)));
        List<LabelledImage> labelled = SmallImages.write(parent.resolve("labelled"), 8);
        ImageClassifier classifier = ImageClassifier.on(
                        SmallImages.model(parent.resolve("vit")).toString())
                .adapters(LsrConfig.defaults())
                .config(SmallTrainings.config().build())
                .train(labelled, labelled);
        assertClosed(
                classifier,
                Map.of("predict", () -> classifier.predict(labelled.get(0).image())));
    }

    @Test
    void ownBase_thatIsClosed_saysSo() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.classifier(folder);
        BaseModel base = BaseModel.load(Samples.model("bert"));
        try (FineTunedModel classifier = FineTunedModel.load(folder, base)) {
            base.close();
            String message = assertThrows(
                            IllegalStateException.class, () -> ((TextClassifier) classifier).predict("the sun"))
                    .getMessage();
            assertEquals("the base model is closed", message.substring(0, 24), message);
        }
    }
}
