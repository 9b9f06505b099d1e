package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.DefaultChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.util.MimeTypeUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class AdaptedChatModelTest {
    private static final List<Message> TALK = List.of(
            new SystemMessage("be warm"),
            new UserMessage("the sun"),
            new AssistantMessage("is warm"),
            new UserMessage("the rain"));

    private static final List<ChatMessage> SAME = List.of(
            ChatMessage.system("be warm"),
            ChatMessage.user("the sun"),
            ChatMessage.assistant("is warm"),
            ChatMessage.user("the rain"));

    @TempDir
    private static Path folder;

    private static BaseModel base;
    private static TextGenerator generator;
    private static AdaptedChatModel model;

    @BeforeAll
    static void load() throws IOException {
        base = BaseModel.load(ChatFolder.write(folder.resolve("model")).toString());
        generator = TextGenerator.of(base);
        model = AdaptedChatModel.of(generator);
    }

    @AfterAll
    static void close() {
        generator.close();
        base.close();
    }

    private static ChatOptions.Builder<?> tokens(int most) {
        return ChatOptions.builder().maxTokens(most);
    }

    private static String text(ChatResponse response) {
        return response.getResult().getOutput().getText();
    }

    private static String reason(ChatResponse response) {
        return response.getResult().getMetadata().getFinishReason();
    }

    private static int promptTokens() {
        return base.tokenizer().ids("system be warm user the sun assistant is warm user the rain assistant ").length;
    }

    @Test
    void call_answersAsTheGenerator_withReasonAndUsage() {
        ChatResponse response = model.call(new Prompt(TALK, tokens(7).build()));
        assertEquals(generator.answer(SAME, Generation.defaults().withMaxTokens(7), piece -> {}), text(response));
        assertEquals("LENGTH", reason(response));
        assertEquals(base.name(), response.getMetadata().getModel());
        Usage usage = response.getMetadata().getUsage();
        assertEquals(List.of(promptTokens(), 7), List.of(usage.getPromptTokens(), usage.getCompletionTokens()));
        assertEquals(
                text(response),
                model.call(new Prompt("x", tokens(7).build())
                                .mutate()
                                .messages(TALK)
                                .build())
                        .getResult()
                        .getOutput()
                        .getText());
        assertEquals(generator.answer(List.of(ChatMessage.user("the sun"))), model.call("the sun"));
    }

    @Test
    void options_areTheGenerators() {
        String whole = text(model.call(new Prompt(TALK, tokens(12).build())));
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
        ChatResponse stopped = model.call(
                new Prompt(TALK, tokens(12).stopSequences(List.of(stop)).build()));
        assertEquals(whole.substring(0, whole.indexOf(stop)), text(stopped));
        assertEquals("STOP", reason(stopped));

        AdaptedChatModel seeded = AdaptedChatModel.builder(generator)
                .seed(5)
                .options(tokens(9).build())
                .build();
        Map<ChatOptions, Sampling> samplings = Map.of(
                ChatOptions.builder().temperature(0.8).build(),
                new Sampling(0.8, 1, 5),
                ChatOptions.builder().topP(0.7).build(),
                new Sampling(1, 0.7, 5),
                ChatOptions.builder().topK(3).temperature(2.0).build(),
                new Sampling(2, 1, 5).withTopK(3),
                ChatOptions.builder().build(),
                Sampling.GREEDY);
        samplings.forEach((options, sampling) -> assertEquals(
                generator.answer(SAME, new Generation(9, sampling, List.of()), piece -> {}),
                text(seeded.call(new Prompt(TALK, options)))));
        assertEquals(9, seeded.getOptions().getMaxTokens());
        assertNotEquals(
                text(AdaptedChatModel.builder(generator)
                        .seed(6)
                        .build()
                        .call(new Prompt(TALK, tokens(9).temperature(5.0).build()))),
                text(seeded.call(
                        new Prompt(TALK, ChatOptions.builder().temperature(5.0).build()))));
    }

    @Test
    void stream_passesOnThePieces_thenReasonAndUsage() {
        ChatOptions options = tokens(20).build();
        String whole = text(model.call(new Prompt(TALK, options)));
        List<ChatResponse> chunks =
                model.stream(new Prompt(TALK, options)).collectList().block();
        assertEquals(whole, chunks.stream().map(AdaptedChatModelTest::text).collect(Collectors.joining()));
        assertTrue(chunks.size() > 3, () -> chunks.size() + " chunks");
        List<ChatResponse> pieces = chunks.subList(0, chunks.size() - 1);
        for (ChatResponse piece : pieces) {
            assertFalse(text(piece).isEmpty());
            assertFalse(Character.isHighSurrogate(text(piece).charAt(text(piece).length() - 1)), () -> text(piece));
            assertNull(reason(piece));
            assertEquals(base.name(), piece.getMetadata().getModel());
        }
        ChatResponse last = chunks.get(chunks.size() - 1);
        assertEquals("LENGTH", reason(last));
        assertEquals(20, last.getMetadata().getUsage().getCompletionTokens());
        assertEquals(promptTokens(), last.getMetadata().getUsage().getPromptTokens());
    }

    @Test
    void stream_eachSubscription_computesAgain_alsoSideBySide() {
        Flux<String> stream = model.stream(new Prompt(TALK, tokens(10).build())).map(AdaptedChatModelTest::text);
        String whole = text(model.call(new Prompt(TALK, tokens(10).build())));
        List<String> answers = Flux.range(0, 8)
                .flatMap(i -> stream.collect(Collectors.joining()), 8)
                .collectList()
                .block(Duration.ofMinutes(1));
        assertEquals(Collections.nCopies(8, whole), answers);
    }

    @Test
    void stream_cancelled_freesThreadAndGenerator() throws Exception {
        Scheduler one = Schedulers.newSingle("chat");
        try (TextGenerator mine = TextGenerator.of(base)) {
            AdaptedChatModel cancelled =
                    AdaptedChatModel.builder(mine).scheduler(one).build();
            Observed observed = new Observed();
            AdaptedChatModel watched = AdaptedChatModel.builder(mine)
                    .scheduler(one)
                    .observationRegistry(observed.registry)
                    .build();
            AtomicInteger seen = new AtomicInteger();
            List<String> two = watched.stream(new Prompt(TALK, tokens(30).build()))
                    .map(AdaptedChatModelTest::text)
                    .doOnNext(piece -> seen.incrementAndGet())
                    .take(2)
                    .collectList()
                    .block();
            assertEquals(2, two.size());
            assertEquals(2, seen.get());
            assertEquals(1, observed.await(1).size());

            CountDownLatch busy = new CountDownLatch(1);
            one.schedule(() -> await(busy));
            Disposable waiting = cancelled.stream(new Prompt(TALK)).subscribe(chunk -> seen.incrementAndGet());
            waiting.dispose();
            busy.countDown();
            assertEquals(
                    text(model.call(new Prompt(TALK, tokens(3).build()))),
                    cancelled.stream(new Prompt(TALK, tokens(3).build()))
                            .map(AdaptedChatModelTest::text)
                            .collect(Collectors.joining())
                            .block(Duration.ofMinutes(1)));
            assertEquals(2, seen.get());
        } finally {
            one.dispose();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(1, TimeUnit.MINUTES));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatAGeneratorCannotDo_isRefusedInWords() {
        assertRefused(
                "chat options: frequencyPenalty 0.5 is not supported, expected 0",
                ChatOptions.builder().frequencyPenalty(0.5).build());
        assertRefused(
                "chat options: presencePenalty -1.0 is not supported, expected 0",
                ChatOptions.builder().presencePenalty(-1.0).build());
        assertRefused(
                "chat options: model is 'gpt', expected none or this model's, '" + base.name() + "'",
                ChatOptions.builder().model("gpt").build());
        assertRefused(
                "temperature is -1.0", ChatOptions.builder().temperature(-1.0).build());
        assertRefused("at most 0 tokens", tokens(0).build());
        assertRefused(
                "found 1 tools",
                ToolCallingChatOptions.builder().toolCallbacks(new NoTool()).build());
        assertRefused(
                "found an output schema",
                StructuredOutputChatOptions.builder().outputSchema("{}").build());
        assertRefused("found " + OtherOptions.class.getName(), new OtherOptions());
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptedChatModel.builder(generator)
                        .options(tokens(-1).build())
                        .build());
        assertRefused(
                "chat message of type user: has media",
                UserMessage.builder()
                        .text("see")
                        .media(new Media(MimeTypeUtils.IMAGE_PNG, URI.create("http://localhost/x.png")))
                        .build());
        assertRefused(
                "chat message of type tool: has tool calls",
                ToolResponseMessage.builder().responses(List.of()).build());
        assertRefused(
                "chat message of type assistant: has tool calls",
                AssistantMessage.builder()
                        .content("")
                        .toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "f", "{}")))
                        .build());
    }

    private static void assertRefused(String reason, ChatOptions options) {
        assertRefused(reason, new Prompt("x", options));
    }

    private static void assertRefused(String reason, Message message) {
        assertRefused(reason, new Prompt(message));
    }

    private static void assertRefused(String reason, Prompt prompt) {
        for (IllegalArgumentException refused : List.of(
                assertThrows(IllegalArgumentException.class, () -> model.call(prompt)),
                assertThrows(IllegalArgumentException.class, () -> model.stream(prompt)))) {
            assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        }
    }

    @Test
    void client_passesPromptsAndDefaultsOn_andToolsWhichAreRefused() {
        AdaptedChatModel six =
                AdaptedChatModel.builder(generator).options(tokens(6).build()).build();
        ChatClient client = ChatClient.create(six);
        String expected = generator.answer(
                List.of(ChatMessage.system("be warm"), ChatMessage.user("the sun")),
                Generation.defaults().withMaxTokens(6),
                piece -> {});
        ChatClient.ChatClientRequestSpec asked =
                client.prompt().system("be warm").user("the sun");
        assertEquals(expected, asked.call().content());
        assertEquals(
                expected, asked.stream().content().collect(Collectors.joining()).block());
        ChatOptions.Builder<?> two = tokens(2);
        assertEquals(
                2,
                asked.options(two)
                        .call()
                        .chatResponse()
                        .getMetadata()
                        .getUsage()
                        .getCompletionTokens());
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> client.prompt("x").tools(new NoTool()).call().content());
        assertTrue(refused.getMessage().contains("found 1 tools"), refused.getMessage());
    }

    @Test
    void template_thatRefuses_endsTheStreamWithItsReason() {
        Prompt prompt = new Prompt(new UserMessage("x"), new SystemMessage("late"));
        String reason = assertThrows(IllegalArgumentException.class, () -> model.call(prompt))
                .getMessage();
        assertTrue(reason.contains("the system speaks first"), reason);
        assertEquals(
                reason,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> model.stream(prompt).blockLast())
                        .getMessage());
    }

    @Test
    void observations_areThoseOfSpringAi() throws Exception {
        Observed observed = new Observed();
        AdaptedChatModel watched = AdaptedChatModel.builder(generator)
                .observationRegistry(observed.registry)
                .build();
        Prompt prompt = new Prompt(TALK, tokens(4).topK(2).build());
        watched.call(prompt);
        Observation parent = Observation.start("parent", observed.registry);
        watched.stream(prompt)
                .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, parent))
                .blockLast();
        List<Observation.Context> ended = observed.await(2);
        assertEquals(parent, ended.get(1).getParentObservation());
        for (Observation.Context context : ended) {
            assertEquals("gen_ai.client.operation", context.getName());
            Map<String, String> values = Observed.values(context);
            assertEquals("lsradapt", values.get("gen_ai.system"));
            assertEquals(base.name(), values.get("gen_ai.request.model"));
            assertEquals(base.name(), values.get("gen_ai.response.model"));
            assertEquals("4", values.get("gen_ai.request.max_tokens"));
            assertEquals("4", values.get("gen_ai.usage.output_tokens"));
            assertEquals("[\"LENGTH\"]", values.get("gen_ai.response.finish_reasons"));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> watched.call(new Prompt(new UserMessage("x"), new SystemMessage("late"))));
        assertTrue(observed.await(3).get(2).getError() instanceof IllegalArgumentException);
    }

    private static final class OtherOptions extends DefaultChatOptions {
        OtherOptions() {
            super(null, null, null, null, null, null, null, null);
        }
    }

    private static final class NoTool implements ToolCallback {
        @Override
        public ToolDefinition getToolDefinition() {
            return ToolDefinition.builder()
                    .name("f")
                    .description("f")
                    .inputSchema("{}")
                    .build();
        }

        @Override
        public String call(String input) {
            return "";
        }
    }
}
