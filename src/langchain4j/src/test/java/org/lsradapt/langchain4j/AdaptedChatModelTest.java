package org.lsradapt.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.generation.Conversation;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;

class AdaptedChatModelTest {
    private static final String TEMPLATE = "{% for m in messages %}{% if m.content == 'forbidden' %}"
            + "{{ raise_exception('forbidden') }}{% endif %}{{ m.role }}\n{{ m.content }}<|end_of_text|>{% endfor %}"
            + "{% if add_generation_prompt %}assistant\n{% endif %}";
    private static final String SYSTEM = "the sun";
    private static final String QUESTION = "rain";

    /** Characters of one to four bytes, each of which takes several tokens. */
    private static final String ANSWER = "is é 日 😀 warm";

    @TempDir
    private static Path parent;

    private static TextGenerator generator;
    private static AdaptedChatModel model;

    /** An application's interface, which AiServices implements. */
    interface Assistant {
        @SystemMessage(SYSTEM)
        Result<String> chat(String question);

        @SystemMessage(SYSTEM)
        TokenStream stream(String question);
    }

    @BeforeAll
    static void train() throws Exception {
        Path folder = Files.createDirectory(parent.resolve("model"));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
        List<Conversation> talks = Collections.nCopies(
                4, Conversation.of(said("system", SYSTEM), said("user", QUESTION), said("assistant", ANSWER)));
        generator = TextGenerator.on(folder.toString())
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(80).batchSize(2).build())
                .train(LanguageModelData.of(talks).dev(talks.subList(0, 1)).read());
        model = AdaptedChatModel.of(generator);
    }

    @AfterAll
    static void close() {
        generator.close();
    }

    private static Assistant assistant(AdaptedChatModel model) {
        return AiServices.builder(Assistant.class)
                .chatModel(model)
                .streamingChatModel(model)
                .build();
    }

    private static org.lsradapt.tasks.generation.ChatMessage said(String role, String content) {
        return new org.lsradapt.tasks.generation.ChatMessage(role, content);
    }

    private static List<ChatMessage> question() {
        return List.of(dev.langchain4j.data.message.SystemMessage.from(SYSTEM), UserMessage.from(QUESTION));
    }

    private static ChatRequest request(Consumer<DefaultChatRequestParameters.Builder<?>> settings) {
        DefaultChatRequestParameters.Builder<?> parameters = ChatRequestParameters.builder();
        settings.accept(parameters);
        return ChatRequest.builder()
                .messages(question())
                .parameters(parameters.build())
                .build();
    }

    private static String text(Consumer<DefaultChatRequestParameters.Builder<?>> settings) {
        return model.chat(request(settings)).aiMessage().text();
    }

    @Test
    void aiService_answersWithUsageAndReason() {
        Result<String> answer = assistant(model).chat(QUESTION);
        assertEquals(ANSWER, answer.content());
        String prompt = "system\nthe sun<|end_of_text|>user\nrain<|end_of_text|>assistant\n";
        assertEquals(
                generator.base().tokenizer().ids(prompt).length,
                answer.tokenUsage().inputTokenCount());
        assertEquals(
                answer.tokenUsage().totalTokenCount(),
                answer.tokenUsage().inputTokenCount() + answer.tokenUsage().outputTokenCount());
        assertEquals(FinishReason.STOP, answer.finishReason());
        assertEquals(
                generator.base().name() + "/adapted", model.chat(question()).modelName());
    }

    @Test
    void aiService_streamsPiecesOfWholeCharacters() throws Exception {
        List<String> pieces = new ArrayList<>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        CompletableFuture<ChatResponse> done = new CompletableFuture<>();
        assistant(model).stream(QUESTION)
                .onPartialResponse(piece -> {
                    pieces.add(piece);
                    threads.add(Thread.currentThread());
                })
                .onCompleteResponse(done::complete)
                .onError(done::completeExceptionally)
                .start();
        ChatResponse response = done.get(1, TimeUnit.MINUTES);
        assertEquals(model.chat(question()), response);
        assertEquals(response.aiMessage().text(), String.join("", pieces));
        assertTrue(pieces.size() > 8, pieces.toString());
        assertTrue(pieces.stream().anyMatch(piece -> piece.contains("😀")), pieces.toString());
        assertTrue(
                pieces.stream()
                        .flatMapToInt(String::codePoints)
                        .noneMatch(c -> c == 0xFFFD || (c >= 0xD800 && c < 0xE000)),
                pieces.toString());
        assertFalse(threads.contains(Thread.currentThread()));
    }

    @Test
    void aiServiceWithMemory_givesTheTemplateAllMessages() {
        List<ChatModelRequestContext> seen = new ArrayList<>();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(AdaptedChatModel.builder(generator)
                        .listeners(List.of(new ChatModelListener() {
                            @Override
                            public void onRequest(ChatModelRequestContext context) {
                                seen.add(context);
                            }
                        }))
                        .build())
                .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                .build();
        String first = assistant.chat(QUESTION).content();
        String second = assistant.chat("and").content();
        List<org.lsradapt.tasks.generation.ChatMessage> all =
                List.of(said("system", SYSTEM), said("user", QUESTION), said("assistant", first), said("user", "and"));
        assertEquals(generator.answer(all), second);
        assertEquals(4, seen.get(1).chatRequest().messages().size());
    }

    @Test
    void parameters_ofRequestsAndDefaults_areFollowed() {
        String whole = text(p -> {});
        ChatResponse cut = model.chat(request(p -> p.maxOutputTokens(3)));
        assertEquals(FinishReason.LENGTH, cut.finishReason());
        assertEquals(3, cut.tokenUsage().outputTokenCount());
        assertTrue(whole.startsWith(cut.aiMessage().text()));
        ChatResponse stopped = model.chat(request(p -> p.stopSequences("日")));
        assertEquals(whole.substring(0, whole.indexOf("日")), stopped.aiMessage().text());
        assertEquals(FinishReason.STOP, stopped.finishReason());
        assertEquals(whole, text(p -> p.temperature(5.0).topK(1)));
        assertEquals(whole, text(p -> p.topP(1e-9)));
        assertNotEquals(text(p -> p.temperature(5.0)), text(p -> p.temperature(5.0)), "random seeds");
        assertEquals(
                whole,
                text(p -> p.frequencyPenalty(0.0)
                        .responseFormat(ResponseFormat.TEXT)
                        .modelName(generator.base().name() + "/adapted")));

        AdaptedChatModel sampled = AdaptedChatModel.builder(generator)
                .seed(7)
                .defaultRequestParameters(
                        ChatRequestParameters.builder().temperature(5.0).build())
                .build();
        ChatResponse first = sampled.chat(question());
        assertEquals(first, sampled.chat(question()));
        assertNotEquals(whole, first.aiMessage().text());
        assertEquals(
                Generation.defaults().maxTokens(),
                sampled.defaultRequestParameters().maxOutputTokens());
    }

    private static Stream<Arguments> unsupported() {
        return Stream.of(
                unsupported("frequencyPenalty 0.5 is not supported", p -> p.frequencyPenalty(0.5)),
                unsupported("presencePenalty -1.0 is not supported", p -> p.presencePenalty(-1.0)),
                unsupported("modelName is 'gpt-5', expected none or this model's, ", p -> p.modelName("gpt-5")),
                unsupported("responseFormat JSON is not supported", p -> p.responseFormat(ResponseFormat.JSON)),
                unsupported("tools are not supported: found 0 tool spec", p -> p.toolChoice(ToolChoice.REQUIRED)),
                unsupported(
                        "tools are not supported: found 1 tool specifications",
                        p -> p.toolSpecifications(
                                ToolSpecification.builder().name("clock").build())));
    }

    private static Arguments unsupported(String message, Consumer<DefaultChatRequestParameters.Builder<?>> settings) {
        return Arguments.of(message, settings);
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void parameterWithoutSupport_isRefused(String message, Consumer<DefaultChatRequestParameters.Builder<?>> settings) {
        ChatRequest request = request(settings);
        Recorder handler = new Recorder();
        for (UnsupportedFeatureException refused : List.of(
                assertThrows(UnsupportedFeatureException.class, () -> model.chat(request)),
                assertThrows(UnsupportedFeatureException.class, () -> model.chat(request, handler)),
                assertThrows(
                        UnsupportedFeatureException.class,
                        () -> AdaptedChatModel.builder(generator)
                                .defaultRequestParameters(request.parameters())
                                .build()))) {
            assertTrue(refused.getMessage().startsWith("chat: " + message), refused.getMessage());
        }
        assertTrue(handler.errors.isEmpty());
    }

    private static Stream<Arguments> notText() {
        return Stream.of(
                Arguments.of(
                        "a user message has content of type IMAGE, expected TEXT",
                        UserMessage.from(TextContent.from("see"), ImageContent.from("https://example.org/a.png"))),
                Arguments.of("a user message has the name Ada", UserMessage.from("Ada", "hello")),
                Arguments.of(
                        "an AI message requests tools",
                        AiMessage.from(
                                ToolExecutionRequest.builder().name("clock").build())),
                Arguments.of(
                        "found a message of type TOOL_EXECUTION_RESULT",
                        ToolExecutionResultMessage.from("1", "clock", "noon")));
    }

    @ParameterizedTest
    @MethodSource("notText")
    void messageOfMoreThanText_isRefused(String message, ChatMessage found) {
        String refused = assertThrows(
                        UnsupportedFeatureException.class, () -> model.chat(UserMessage.from("the"), found))
                .getMessage();
        assertTrue(refused.startsWith("chat: " + message), refused);
    }

    @Test
    void severalTexts_areLines() {
        assertEquals(
                model.chat("the\nsun"),
                model.chat(UserMessage.from(TextContent.from("the"), TextContent.from("sun")))
                        .aiMessage()
                        .text());
    }

    /** A handler that records its calls. */
    private static class Recorder implements StreamingChatResponseHandler {
        final List<String> pieces = new ArrayList<>();
        final List<Throwable> errors = new ArrayList<>();
        final List<ChatResponse> responses = new ArrayList<>();

        @Override
        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            pieces.add(piece.text());
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            responses.add(response);
        }

        @Override
        public void onError(Throwable error) {
            errors.add(error);
        }
    }

    private static AdaptedChatModel inThisThread() {
        return AdaptedChatModel.builder(generator).executor(Runnable::run).build();
    }

    @Test
    void handlerThatThrows_endsTheAnswerAndHearsWhy() {
        IllegalStateException thrown = new IllegalStateException("enough");
        Recorder handler = new Recorder() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                super.onPartialResponse(piece, context);
                throw thrown;
            }

            @Override
            public void onError(Throwable error) {
                super.onError(error);
                throw new IllegalArgumentException("logged");
            }
        };
        inThisThread().chat(request(p -> {}), handler);
        assertEquals(1, handler.pieces.size());
        assertSame(thrown, handler.errors.get(0));
        assertEquals(1, handler.errors.size());
        assertTrue(handler.responses.isEmpty());
    }

    @Test
    void handlerThatCancels_isNotCalledAgain() {
        Recorder handler = new Recorder() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                super.onPartialResponse(piece, context);
                if (pieces.size() == 2) {
                    assertFalse(context.streamingHandle().isCancelled());
                    context.streamingHandle().cancel();
                    assertTrue(context.streamingHandle().isCancelled());
                }
            }
        };
        inThisThread().chat(request(p -> {}), handler);
        assertEquals(2, handler.pieces.size());
        assertTrue(handler.errors.isEmpty() && handler.responses.isEmpty());
    }

    @Test
    void listeners_hearRequestsAnswersAndErrors() {
        List<String> heard = new ArrayList<>();
        AdaptedChatModel listened = AdaptedChatModel.builder(generator)
                .executor(Runnable::run)
                .listeners(List.of(new ChatModelListener() {
                    @Override
                    public void onRequest(ChatModelRequestContext context) {
                        heard.add("asked " + context.chatRequest().parameters().maxOutputTokens());
                    }

                    @Override
                    public void onResponse(ChatModelResponseContext context) {
                        heard.add("answered " + context.chatResponse().finishReason());
                    }

                    @Override
                    public void onError(ChatModelErrorContext context) {
                        heard.add("failed " + context.error().getMessage());
                    }
                }))
                .build();
        Recorder handler = new Recorder();
        String failure = "chat template of model " + generator.base().name() + ": line 1: forbidden";
        listened.chat(request(p -> p.maxOutputTokens(3)));
        listened.chat(request(p -> {}), handler);
        assertEquals(
                failure,
                assertThrows(IllegalArgumentException.class, () -> listened.chat("forbidden"))
                        .getMessage());
        listened.chat("forbidden", handler);
        assertEquals(failure, handler.errors.get(0).getMessage());
        assertEquals(
                List.of(
                        "asked 3",
                        "answered LENGTH",
                        "asked 128",
                        "answered STOP",
                        "asked 128",
                        "failed " + failure,
                        "asked 128",
                        "failed " + failure),
                heard);
    }

    @Test
    void manyThreads_getTheAnswersOfOne() throws Exception {
        String expected = model.chat(question()).aiMessage().text();
        Assistant assistant = assistant(model);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(threads.submit(() -> assistant.chat(QUESTION).content()));
                CompletableFuture<String> streamed = new CompletableFuture<>();
                assistant.stream(QUESTION)
                        .onPartialResponse(piece -> {})
                        .onCompleteResponse(response ->
                                streamed.complete(response.aiMessage().text()))
                        .onError(streamed::completeExceptionally)
                        .start();
                answers.add(streamed);
            }
            for (Future<String> answer : answers) {
                assertEquals(expected, answer.get(1, TimeUnit.MINUTES));
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void closedGenerator_isRefused() throws IOException {
        try (BaseModel base = BaseModel.load(Samples.model("llama"))) {
            TextGenerator closed = TextGenerator.of(base);
            AdaptedChatModel chat =
                    AdaptedChatModel.builder(closed).executor(Runnable::run).build();
            closed.close();
            Recorder handler = new Recorder();
            chat.chat("the", handler);
            IllegalStateException refused = assertThrows(IllegalStateException.class, () -> chat.chat("the"));
            assertEquals(refused.getMessage(), handler.errors.get(0).getMessage());
            assertTrue(refused.getMessage().contains("closed"), refused.getMessage());
        }
    }

    @Test
    void modelWithoutTemplate_saysSo() throws IOException {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator plain = TextGenerator.of(base)) {
            AdaptedChatModel chat = AdaptedChatModel.of(plain);
            assertEquals(base.name(), chat.defaultRequestParameters().modelName());
            assertTrue(assertThrows(IllegalArgumentException.class, () -> chat.chat("the"))
                    .getMessage()
                    .contains(" has no chat template"));
        }
    }
}
