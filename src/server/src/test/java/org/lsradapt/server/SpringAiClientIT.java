package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.GeneratedText;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;

/** Spring AI's client for OpenAI gets the answers of models in this process. */
class SpringAiClientIT {
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

    private static OpenAiEmbeddingModel embedder(String model, Integer dimensions) {
        OpenAiEmbeddingOptions.Builder options =
                OpenAiEmbeddingOptions.builder().dimensions(dimensions);
        options.baseUrl(servers.encoders.uri() + "/v1")
                .apiKey(TinyServers.KEY)
                .model(model)
                .maxRetries(0)
                .timeout(Duration.ofMinutes(1));
        return OpenAiEmbeddingModel.builder().options(options.build()).build();
    }

    private static OpenAiChatModel chat(String model, double temperature) {
        OpenAiChatOptions options = OpenAiChatOptions.builder()
                .baseUrl(servers.decoders.uri() + "/v1")
                .apiKey(TinyServers.KEY)
                .model(model)
                .temperature(temperature)
                .maxTokens(TinyServers.TOKENS)
                .streamUsage(true)
                .maxRetries(0)
                .timeout(Duration.ofMinutes(1))
                .build();
        return OpenAiChatModel.builder().options(options).build();
    }

    @Test
    void embeddings_areThoseOfTheLibrary() throws IOException {
        List<String> texts = List.of("the sun is warm", "rain", "a smile");
        try (TextEmbedder adapted = TextEmbedder.load(servers.adapter("embed"))) {
            List<float[]> found = embedder("embed", null).embed(texts);
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(adapted.embed(texts.get(i)), found.get(i), TOLERANCE);
            }
            assertArrayEquals(
                    adapted.truncated(4).embed(List.of("rain"))[0],
                    embedder("embed", 4).embed("rain"),
                    TOLERANCE);
        }
    }

    @Test
    void chat_wholeAndStreamed_answersAsTheLibraryDoes() throws IOException {
        GeneratedText expected = servers.answer();
        ChatResponse whole = chat("chat", 0).call(new Prompt("the sun"));
        assertEquals(expected.text(), whole.getResult().getOutput().getText());
        assertEquals(expected.ended() ? "STOP" : "LENGTH", reason(whole));
        assertEquals(expected.promptTokens(), whole.getMetadata().getUsage().getPromptTokens());
        assertEquals(expected.tokens(), whole.getMetadata().getUsage().getCompletionTokens());

        List<ChatResponse> pieces =
                chat("chat", 0).stream(new Prompt("the sun")).collectList().block(Duration.ofMinutes(1));
        StringBuilder text = new StringBuilder();
        pieces.stream()
                .filter(piece -> piece.getResult() != null
                        && piece.getResult().getOutput().getText() != null)
                .forEach(piece -> text.append(piece.getResult().getOutput().getText()));
        assertEquals(expected.text(), text.toString());
        assertTrue(pieces.size() > 2, pieces::toString);
        assertEquals(
                expected.tokens(),
                pieces.stream()
                        .mapToInt(piece -> piece.getMetadata().getUsage().getCompletionTokens())
                        .max()
                        .orElseThrow());
    }

    private static String reason(ChatResponse response) {
        return response.getResult().getMetadata().getFinishReason().toUpperCase(java.util.Locale.ROOT);
    }

    @Test
    void failures_areTheExceptionsOfItsSdk_withTheFieldAtFault() {
        NotFoundException unknown = assertThrows(
                NotFoundException.class, () -> embedder("nobody", null).embed("rain"));
        assertTrue(unknown.getMessage().contains("there is no model 'nobody'"), unknown.getMessage());
        BadRequestException cold =
                assertThrows(BadRequestException.class, () -> chat("chat", -1).call(new Prompt("the sun")));
        assertEquals("temperature", cold.param().orElse(""));
        assertEquals("decimal_below_min_value", cold.code().orElse(""));
    }
}
