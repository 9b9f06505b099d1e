package org.lsradapt.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.classification.ClassificationResult;
import dev.langchain4j.classification.ScoredLabel;
import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.input.PromptTemplate;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.injector.DefaultContentInjector;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.router.QueryRouter;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.labels.ChosenLabels;
import org.lsradapt.tasks.labels.MultiLabelClassifier;
import org.lsradapt.tasks.labels.MultiLabelText;

/** The classifier itself, and the guardrails and the router that it decides. */
class AdaptedTextClassifierTest {
    private static final String WARM = "the sun is warm.";
    private static final String COLD = "the rain is cold.";

    private static BaseModel base;
    private static TextClassifier weather;
    private static MultiLabelClassifier words;

    enum Weather {
        WARM,
        COLD,
        UNKNOWN
    }

    enum Words {
        SUN_SHINE,
        RAIN
    }

    enum Warm {
        WARM
    }

    enum Same {
        A_B
    }

    enum Unlike {
        Warm,
        Cold
    }

    @BeforeAll
    static void train() throws IOException {
        base = BaseModel.load(Samples.model("bert"));
        weather =
                TextClassifier.on(base).config(Samples.quick().build()).train(Samples.weather(42), Samples.weather(21));
        List<MultiLabelText> texts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            texts.add(MultiLabelText.of("the sun" + " .".repeat(i), "sun-shine"));
            texts.add(MultiLabelText.of("rain" + " .".repeat(i), "rain"));
            texts.add(MultiLabelText.of("the sun and rain" + " .".repeat(i), "sun-shine", "rain"));
            texts.add(MultiLabelText.of("smile" + " .".repeat(i)));
        }
        words = MultiLabelClassifier.on(base)
                .config(Samples.quick().epochs(25).build())
                .train(texts, texts);
    }

    @AfterAll
    static void close() {
        weather.close();
        words.close();
        base.close();
    }

    private static AdaptedTextClassifier<Weather> weather() {
        return AdaptedTextClassifier.of(weather, Weather.class);
    }

    @Test
    void classify_oneClass_isTheMostProbable() {
        AdaptedTextClassifier<String> strings = AdaptedTextClassifier.of(weather);
        assertEquals(weather.labels(), strings.labels());
        assertEquals(List.of("warm"), strings.classify(WARM));
        assertEquals(List.of(Weather.COLD), weather().classify(TextSegment.from(COLD)));
        assertEquals(List.of(Weather.COLD), weather().classify(Document.from(COLD)));
        ScoredLabel<String> scored =
                strings.classifyWithScores(WARM).scoredLabels().get(0);
        assertEquals(weather.predict(WARM).probability(), scored.score());
    }

    @Test
    void atLeast_takesEveryLabelOfThatProbability() {
        ClassificationResult<Weather> all = weather().atLeast(0).classifyWithScores(COLD);
        assertEquals(
                List.of(Weather.COLD, Weather.WARM),
                all.scoredLabels().stream().map(ScoredLabel::label).toList());
        double best = all.scoredLabels().get(0).score();
        assertEquals(1, best + all.scoredLabels().get(1).score(), 1e-9);
        assertEquals(List.of(Weather.COLD), weather().atLeast(best).classify(COLD));
        assertEquals(List.of(), weather().atLeast(Math.nextUp(best)).classify(COLD));
        assertEquals(
                "text classifier: at least 1.5, expected a probability from 0 to 1",
                assertThrows(IllegalArgumentException.class, () -> weather().atLeast(1.5))
                        .getMessage());
    }

    @Test
    void classify_severalLabels_areThoseThatTheModelChooses() {
        AdaptedTextClassifier<Words> labels = AdaptedTextClassifier.of(words, Words.class);
        for (String text : List.of("the sun", "rain", "the sun and rain", "smile", COLD)) {
            ChosenLabels chosen = words.predict(text);
            assertEquals(chosen.chosen(), AdaptedTextClassifier.of(words).classify(text));
            for (ScoredLabel<Words> label : labels.classifyWithScores(text).scoredLabels()) {
                String name = label.label() == Words.RAIN ? "rain" : "sun-shine";
                assertEquals(chosen.probability(name), label.score());
            }
        }
        assertEquals(List.of(Words.RAIN), labels.classify("rain"));
        assertEquals(Set.of(Words.values()), Set.copyOf(labels.classify("the sun and rain")));
        assertEquals(List.of(), labels.classify("smile"));
        assertEquals(2, labels.atLeast(0).classify("smile").size());
    }

    @Test
    void enumOrModelThatDoesNotFit_isRefused() throws IOException {
        assertMessage(
                "text classifier: enum Warm has no constant for the labels [cold], expected one for each of "
                        + weather.labels() + ", such as COLD",
                () -> AdaptedTextClassifier.of(weather, Warm.class));
        assertMessage(
                "text classifier: enum Weather has no constant for the labels " + words.labels()
                        + ", expected one for each of " + words.labels() + ", such as "
                        + (words.labels().get(0).equals("rain") ? "RAIN" : "SUN_SHINE"),
                () -> AdaptedTextClassifier.of(words, Weather.class));
        assertEquals(
                List.of(Unlike.Cold),
                AdaptedTextClassifier.of(weather, Unlike.class).classify(COLD));
        List<LabelledText> alike = List.of(
                LabelledText.of("sun", "a-b"), LabelledText.of("rain", "a_b"),
                LabelledText.of("the sun", "a-b"), LabelledText.of("the rain", "a_b"));
        try (TextClassifier ofAlike = trained(alike)) {
            assertMessage(
                    "text classifier: the labels " + ofAlike.labels()
                            + " mean the constants [A_B, A_B] of enum Same, expected different ones",
                    () -> AdaptedTextClassifier.of(ofAlike, Same.class));
        }
        List<LabelledText> pairs = List.of(
                LabelledText.pair("the sun", "is", "yes"), LabelledText.pair("rain", "is", "no"),
                LabelledText.pair("the sun", "and", "yes"), LabelledText.pair("rain", "and", "no"));
        try (TextClassifier ofPairs = trained(pairs)) {
            assertMessage(
                    "text classifier: the model reads pairs of texts, expected single texts",
                    () -> AdaptedTextClassifier.of(ofPairs));
        }
    }

    private static TextClassifier trained(List<LabelledText> texts) throws IOException {
        return TextClassifier.on(base).config(Samples.quick().epochs(1).build()).train(texts, texts);
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    /** An application's interface, which AiServices implements. */
    interface Assistant {
        String chat(String question);

        String see(
                @dev.langchain4j.service.UserMessage String question,
                @dev.langchain4j.service.UserMessage ImageContent image);

        Result<String> search(String question);
    }

    /** Gives these answers in turn, and counts the questions. */
    private static final class Scripted implements ChatModel {
        private final Iterator<String> answers;
        private int asked;

        Scripted(String... answers) {
            this.answers = Arrays.asList(answers).iterator();
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            asked++;
            return ChatResponse.builder()
                    .aiMessage(AiMessage.from(answers.next()))
                    .build();
        }
    }

    @Test
    void inputGuardrail_blocksBeforeTheModelIsAsked() {
        Scripted model = new Scripted("first", "second");
        AdaptedInputGuardrail dry = AdaptedInputGuardrail.blocking(weather().atLeast(0.8), Set.of(Weather.COLD));
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(model)
                .inputGuardrails(dry)
                .build();
        assertEquals("first", assistant.chat(WARM));
        String refused = assertThrows(InputGuardrailException.class, () -> assistant.chat(COLD))
                .getMessage();
        assertTrue(
                refused.matches(".*the text is COLD with probability (0\\.\\d\\d|1\\.00), which is blocked.*"),
                refused);
        assertEquals(1, model.asked);

        Assistant told = AiServices.builder(Assistant.class)
                .chatModel(model)
                .inputGuardrails(dry.withMessage("Stay dry."))
                .build();
        ImageContent image = ImageContent.from("https://example.org/a.png");
        assertTrue(assertThrows(InputGuardrailException.class, () -> told.see(COLD, image))
                .getMessage()
                .contains("Stay dry."));
        assertEquals("second", told.see(WARM, image));
        assertTrue(dry.validate(UserMessage.from(image)).isSuccess(), "no text");
    }

    /** LangChain4j runs guardrails on the message to which it has added what it retrieved. */
    @Test
    void inputGuardrail_withRetrieval_judgesTheQuestionAlone() {
        AdaptedInputGuardrail dry = AdaptedInputGuardrail.blocking(weather().atLeast(0.8), Set.of(Weather.COLD));
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(new Scripted("first"))
                .retrievalAugmentor(DefaultRetrievalAugmentor.builder()
                        .contentRetriever(query -> List.of(Content.from("rain is cold rain is cold")))
                        .contentInjector(DefaultContentInjector.builder()
                                .promptTemplate(PromptTemplate.from("{{contents}} {{userMessage}}"))
                                .build())
                        .build())
                .inputGuardrails(dry)
                .build();
        assertEquals("first", assistant.chat(WARM));
        assertThrows(InputGuardrailException.class, () -> assistant.chat(COLD));
    }

    @Test
    void outputGuardrail_blocksOrAsksAgain() {
        AdaptedOutputGuardrail dry = AdaptedOutputGuardrail.blocking(weather().atLeast(0.8), Set.of(Weather.COLD))
                .withMessage("Stay dry.");
        assertEquals(WARM, guarded(new Scripted(WARM), dry).chat("how is it?"));
        Scripted cold = new Scripted(COLD, WARM);
        assertTrue(assertThrows(
                        OutputGuardrailException.class, () -> guarded(cold, dry).chat("how is it?"))
                .getMessage()
                .contains("Stay dry."));
        assertEquals(1, cold.asked);
        Scripted again = new Scripted(COLD, WARM);
        assertEquals(WARM, guarded(again, dry.reprompting("Say it warmly.")).chat("how is it?"));
        assertEquals(2, again.asked);
    }

    private static Assistant guarded(ChatModel model, OutputGuardrail guardrail) {
        return AiServices.builder(Assistant.class)
                .chatModel(model)
                .outputGuardrails(guardrail)
                .build();
    }

    @Test
    void guardrailOrRouteOfAnUnknownLabel_isRefused() {
        AdaptedTextClassifier<String> classifier = AdaptedTextClassifier.of(weather);
        String rest = ": the classifier has no label wram, expected one of " + weather.labels();
        assertMessage("guardrail" + rest, () -> AdaptedInputGuardrail.blocking(classifier, Set.of("wram")));
        assertMessage("guardrail" + rest, () -> AdaptedOutputGuardrail.blocking(classifier, Set.of("wram")));
        assertMessage(
                "router" + rest, () -> AdaptedQueryRouter.builder(classifier).route("wram", query -> List.of()));
        assertMessage(
                "guardrail: no label blocks, expected one at least of " + weather.labels(),
                () -> AdaptedInputGuardrail.blocking(classifier, Set.of()));
    }

    @Test
    void router_choosesTheRetrieversOfTheLabels() {
        ContentRetriever beaches = query -> List.of(Content.from("beach"));
        ContentRetriever museums = query -> List.of(Content.from("museum"));
        ContentRetriever all = query -> List.of(Content.from("atlas"));
        AdaptedTextClassifier<Words> labels = AdaptedTextClassifier.of(words, Words.class);
        QueryRouter router = AdaptedQueryRouter.builder(labels)
                .route(Words.SUN_SHINE, beaches)
                .route(Words.RAIN, museums)
                .fallback(all)
                .build();
        assertEquals(List.of("beach"), retrieved(router, "the sun"));
        assertEquals(List.of("museum"), retrieved(router, "rain"));
        assertEquals(Set.of("beach", "museum"), Set.copyOf(retrieved(router, "the sun and rain")));
        assertEquals(List.of("atlas"), retrieved(router, "smile"));
        QueryRouter partial =
                AdaptedQueryRouter.builder(labels).route(Words.RAIN, museums).build();
        assertEquals(List.of(), retrieved(partial, "the sun"));
    }

    /** Returns the texts that a service's router adds to a question. */
    private static List<String> retrieved(QueryRouter router, String question) {
        Result<String> answer = AiServices.builder(Assistant.class)
                .chatModel(new Scripted("done"))
                .retrievalAugmentor(
                        DefaultRetrievalAugmentor.builder().queryRouter(router).build())
                .build()
                .search(question);
        return answer.sources() == null
                ? List.of()
                : answer.sources().stream()
                        .map(content -> content.textSegment().text())
                        .toList();
    }

    @Test
    void manyThreads_classifyAsOne() throws Exception {
        AdaptedTextClassifier<Weather> classifier = weather().atLeast(0);
        ClassificationResult<Weather> expected = classifier.classifyWithScores(COLD);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<ClassificationResult<Weather>> call = () -> classifier.classifyWithScores(COLD);
            for (Future<ClassificationResult<Weather>> found : threads.invokeAll(Collections.nCopies(24, call))) {
                assertEquals(expected, found.get());
            }
        } finally {
            threads.shutdown();
        }
        assertFalse(expected.scoredLabels().isEmpty());
    }
}
