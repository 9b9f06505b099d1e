package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.GeneratedText;

/** LangChain4j's client for OpenAI gets the answers of models in this process. */
class LangChain4jClientIT {
    /** Vectors of a batch and of one text differ by round-off. */
    private static final float TOLERANCE = 1e-5f;

    @TempDir
    private static Path folder;

    private static TinyServers servers;

    @BeforeAll
    static void start() throws IOException {
        servers = new TinyServers(folder);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static OpenAiEmbeddingModel.OpenAiEmbeddingModelBuilder embedder(String model) {
        return OpenAiEmbeddingModel.builder()
                .baseUrl(servers.encoders.uri() + "/v1")
                .apiKey(TinyServers.KEY)
                .modelName(model)
                .maxRetries(0);
    }

    private static OpenAiChatModel.OpenAiChatModelBuilder chat(String model) {
        return OpenAiChatModel.builder()
                .baseUrl(servers.decoders.uri() + "/v1")
                .apiKey(TinyServers.KEY)
                .modelName(model)
                .temperature(0.0)
                .maxTokens(TinyServers.TOKENS)
                .maxRetries(0);
    }

    @Test
    void embeddings_ofAdapterAndBase_areThoseOfTheLibrary() throws IOException {
        List<String> texts = List.of("the sun is warm", "rain", "a smile");
        List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
        try (TextEmbedder base = TextEmbedder.of(servers.encoder);
                TextEmbedder adapted = TextEmbedder.load(servers.adapter("embed"))) {
            for (boolean plain : new boolean[] {true, false}) {
                TextEmbedder expected = plain ? base : adapted;
                Response<List<Embedding>> response =
                        embedder(plain ? TinyServers.ENCODER : "embed").build().embedAll(segments);
                for (int i = 0; i < texts.size(); i++) {
                    assertArrayEquals(
                            expected.embed(texts.get(i)),
                            response.content().get(i).vector(),
                            TOLERANCE);
                }
                assertTrue(response.tokenUsage().inputTokenCount() > texts.size());
            }
            assertArrayEquals(
                    adapted.truncated(4).embed(List.of("rain"))[0],
                    embedder("embed")
                            .dimensions(4)
                            .build()
                            .embed("rain")
                            .content()
                            .vector(),
                    TOLERANCE);
        }
    }

    private static void assertIs(GeneratedText expected, ChatResponse response) {
        assertEquals(expected.text(), response.aiMessage().text());
        assertEquals(expected.promptTokens(), response.tokenUsage().inputTokenCount());
        assertEquals(expected.tokens(), response.tokenUsage().outputTokenCount());
        assertEquals(expected.ended() ? FinishReason.STOP : FinishReason.LENGTH, response.finishReason());
    }

    @Test
    void chat_answersAsTheLibraryDoes() throws IOException {
        assertIs(servers.answer(), chat("chat").build().chat(UserMessage.from("the sun")));
    }

    @Test
    void chat_secondTurn_takesTheFirstAnswerBack() {
        OpenAiChatModel model = chat("chat").serviceTier("auto").user("ann").build();
        List<ChatMessage> messages = new ArrayList<>(List.of(UserMessage.from("ann", "the sun")));
        messages.add(model.chat(messages).aiMessage());
        messages.add(UserMessage.from("the rain"));
        ChatResponse second = model.chat(messages);
        assertTrue(second.tokenUsage().inputTokenCount() > TinyServers.TOKENS);
        assertNotNull(second.aiMessage().text());
    }

    @Test
    void chat_streamed_answersTokenByToken() throws Exception {
        List<String> pieces = new ArrayList<>();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder()
                .baseUrl(servers.decoders.uri() + "/v1")
                .apiKey(TinyServers.KEY)
                .modelName("chat")
                .temperature(0.0)
                .maxTokens(TinyServers.TOKENS)
                .build()
                .chat("the sun", new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.add(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        whole.complete(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        whole.completeExceptionally(failure);
                    }
                });
        ChatResponse response = whole.get(1, TimeUnit.MINUTES);
        assertIs(servers.answer(), response);
        assertEquals(response.aiMessage().text(), String.join("", pieces));
        assertTrue(pieces.size() > 2, pieces::toString);
    }

    @Test
    void failures_areTheExceptionsThatItHasForThem() {
        assertTrue(assertThrows(
                        ModelNotFoundException.class,
                        () -> embedder("nobody").build().embed("rain"))
                .getMessage()
                .contains("there is no model 'nobody'"));
        assertTrue(assertThrows(
                        InvalidRequestException.class,
                        () -> embedder("weather").build().embed("rain"))
                .getMessage()
                .contains("it answers at /classify"));
        assertThrows(
                AuthenticationException.class,
                () -> embedder("embed").apiKey("another").build().embed("rain"));
        ChatRequest tools = ChatRequest.builder()
                .messages(UserMessage.from("the sun"))
                .toolSpecifications(ToolSpecification.builder().name("clock").build())
                .build();
        assertTrue(assertThrows(
                        InvalidRequestException.class,
                        () -> chat("chat").build().chat(tools))
                .getMessage()
                .contains("which is not supported"));
    }
}
