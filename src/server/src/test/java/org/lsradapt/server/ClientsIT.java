package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.reranking.RankedPassage;
import org.lsradapt.tasks.reranking.Reranker;

/**
 * Clients that applications use get the answers of models in this process. Those of Python run with the Python that the system property
 * lsr.python or the environment variable LSR_PYTHON names, if it has the packages openai and cohere; that of npm with {@code node}, where
 * lsr.node or LSR_NODE names a folder {@code node_modules} with the package openai.
 */
class ClientsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path SCRIPTS = Path.of("src/server/src/test/resources/clients");
    private static final List<String> TEXTS = List.of("the sun is warm", "rain", "a smile");

    /** The exit code of a script that does not find its client. */
    private static final int NO_CLIENT = 77;

    /** Vectors of a batch and of one text differ by round-off. */
    private static final double TOLERANCE = 1e-5;

    @TempDir
    private static Path folder;

    /** Null if no client is named. */
    private static @Nullable TinyServers servers;

    @BeforeAll
    static void start() throws IOException {
        if (!setting("lsr.python").isEmpty() || !setting("lsr.node").isEmpty()) {
            servers = new TinyServers(folder);
        }
    }

    @AfterAll
    static void stop() {
        if (servers != null) {
            servers.close();
        }
    }

    private static String setting(String name) {
        String variable = name.replace('.', '_').toUpperCase(Locale.ROOT);
        return System.getProperty(name, System.getenv().getOrDefault(variable, ""));
    }

    private static String python() {
        String python = setting("lsr.python");
        assumeTrue(!python.isEmpty(), "no Python with openai and cohere is named; -Dlsr.python=PYTHON does it");
        return python;
    }

    private static JsonNode run(String... command) throws Exception {
        Path out = Files.createTempFile(folder, "client", ".json");
        Path err = Files.createTempFile(folder, "client", ".log");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();
        int code = ended ? process.exitValue() : -1;
        String said = Files.readString(out);
        assumeTrue(code != NO_CLIENT, said);
        assertEquals(0, code, () -> String.join(" ", command) + " failed or took too long:\n" + text(err));
        JsonNode result = JSON.readTree(said);
        System.out.println("answered " + result.get("client").textValue());
        return result;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void openAi_ofPython_getsTheLibrarysAnswers() throws Exception {
        assertAnswers(run(
                python(),
                SCRIPTS.resolve("openai_client.py").toString(),
                servers.encoders.uri().toString(),
                servers.decoders.uri().toString(),
                TinyServers.KEY));
    }

    @Test
    void openAi_ofNpm_getsTheLibrarysAnswers() throws Exception {
        String modules = setting("lsr.node");
        assumeTrue(!modules.isEmpty(), "no folder with npm's openai is named; -Dlsr.node=NODE_MODULES does it");
        assertAnswers(run(
                "node",
                SCRIPTS.resolve("openai_client.mjs").toString(),
                servers.encoders.uri().toString(),
                servers.decoders.uri().toString(),
                TinyServers.KEY,
                Path.of(modules).toAbsolutePath().toString()));
    }

    private static void assertAnswers(JsonNode said) throws IOException {
        assertEquals(List.of(TinyServers.ENCODER, "embed", "rerank", "weather"), texts(said.get("models")));
        assertEquals("classification", said.get("task").textValue());
        try (TextEmbedder embedder = TextEmbedder.load(servers.adapter("embed"))) {
            for (int i = 0; i < TEXTS.size(); i++) {
                assertVector(embedder.embed(TEXTS.get(i)), said.get("vectors").get(i));
            }
            assertVector(embedder.truncated(4).embed(TEXTS.subList(0, 1))[0], said.get("short"));
        }
        assertTrue(said.get("embedded_tokens").intValue() > TEXTS.size());
        try (TextGenerator generator = TextGenerator.load(servers.adapter("chat"))) {
            Generation greedy = Generation.defaults().withSampling(Sampling.GREEDY);
            List<ChatMessage> question = List.of(ChatMessage.user("the sun"));
            GeneratedText answer = generator.respond(question, greedy.withMaxTokens(12), piece -> {});
            List<String> pieces = texts(said.get("streamed"));
            assertTrue(pieces.size() > 4, pieces::toString);
            assertEquals(answer.text(), String.join("", pieces));
            assertEquals(answer.text(), said.get("chat").textValue());
            for (String kind : List.of("chat", "streamed")) {
                assertEquals(
                        answer.ended() ? "stop" : "length",
                        said.get(kind + "_end").textValue());
                assertArrayEquals(
                        new int[] {answer.promptTokens(), answer.tokens()},
                        JSON.convertValue(said.get(kind + "_tokens"), int[].class));
            }
            String continued = generator.generate("the sun", greedy.withMaxTokens(3));
            assertEquals(continued, said.get("completed").textValue());
            assertEquals(continued, said.get("completed_streamed").textValue());
        }
        JsonNode failures = said.get("failures");
        assertFailure(failures, "model", "NotFoundError", 404, "there is no model 'nobody'");
        assertFailure(failures, "door", "BadRequestError", 400, "it answers at /classify");
        assertFailure(failures, "tokens", "BadRequestError", 400, "check_embedding_ctx_length=False");
        assertFailure(failures, "key", "AuthenticationError", 401, "Authorization: Bearer KEY");
        assertFailure(failures, "tools", "BadRequestError", 400, "which is not supported");
    }

    private static void assertFailure(JsonNode failures, String name, String type, int status, String message) {
        JsonNode failure = failures.get(name);
        assertEquals(type, failure.get("class").textValue(), failure::toString);
        assertEquals(status, failure.get("status").intValue(), failure::toString);
        assertTrue(failure.path("message").asText(message).contains(message), failure::toString);
    }

    private static void assertVector(float[] expected, JsonNode actual) {
        assertArrayEquals(expected, JSON.convertValue(actual, float[].class), (float) TOLERANCE);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    @Test
    void cohere_ofPython_getsTheLibrarysRanking() throws Exception {
        List<String> command = new ArrayList<>(Arrays.asList(
                python(),
                SCRIPTS.resolve("cohere_client.py").toString(),
                servers.encoders.uri().toString(),
                TinyServers.KEY,
                "smile"));
        command.addAll(TinyServers.PASSAGES);
        JsonNode said = run(command.toArray(new String[0]));
        try (Reranker reranker = Reranker.load(servers.adapter("rerank"))) {
            List<RankedPassage> ranked = reranker.rank("smile", TinyServers.PASSAGES, TinyServers.PASSAGES.size());
            assertRanking(ranked, said.get("v2"));
            assertRanking(ranked.subList(0, 2), said.get("v1"));
            assertEquals(ranked.subList(0, 2).stream().map(RankedPassage::text).toList(), texts(said.get("texts")));
        }
        assertFailure(said.get("failures"), "model", "NotFoundError", 404, "");
        assertFailure(said.get("failures"), "door", "BadRequestError", 400, "");
        assertFailure(said.get("failures"), "key", "UnauthorizedError", 401, "");
    }

    private static void assertRanking(List<RankedPassage> expected, JsonNode actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).index(), actual.get(i).get(0).intValue());
            double score = 1 / (1 + Math.exp(-expected.get(i).score()));
            assertEquals(score, actual.get(i).get(1).doubleValue(), TOLERANCE);
        }
    }
}
