package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.server.ServerFixture.Answer;
import org.lsradapt.tasks.description.RerankingDescription;

/** Fields that clients send change no answer, or are refused by name. */
class ClientFieldsTest {
    private static final Map<String, String> REQUESTS = Map.of(
            "/v1/embeddings", "'model': 'tiny', 'input': 'hello'",
            "/v1/rerank", "'model': 'rank', 'query': 'hello', 'documents': ['cafe', 'world']",
            "/rerank", "'model': 'rank', 'query': 'hello', 'texts': ['cafe', 'world']",
            "/classify", "'model': 'colours', 'input': 'hello'",
            "/predict", "'model': 'colours', 'inputs': 'hello'",
            "/answer", "'model': 'tiny', 'question': 'hello', 'context': 'world'");

    @TempDir
    private static Path folder;

    private static ServerFixture fixture;
    private static AdapterServer server;

    @BeforeAll
    static void open() throws IOException {
        fixture = new ServerFixture(folder);
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        fixture.adapter("rank", new RerankingDescription("rank"), 3);
        server = fixture.server().start();
    }

    @AfterAll
    static void close() {
        server.close();
        fixture.close();
    }

    private static Answer post(String path, String fields) throws Exception {
        return fixture.post(server, path, ("{" + REQUESTS.get(path) + fields + "}").replace('\'', '"'));
    }

    private static JsonNode result(Answer answer) {
        assertEquals(200, answer.status(), answer.response().body());
        return answer.json() instanceof ObjectNode object
                ? object.without(java.util.List.of("id", "created"))
                : answer.json();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/v1/embeddings | 'user': 'ann', 'metadata': {'a': 1}, 'novelty': null, 'dimensions': null",
                "/v1/embeddings | 'modality': 'text', 'dimensions': 0, 'late_chunking': false, 'embedding_type': 'float'",
                "/v1/embeddings | 'truncate': true",
                "/v1/embeddings | 'truncate': false",
                "/v1/rerank | 'max_tokens_per_doc': 4096, 'rank_fields': ['text'], 'max_chunks_per_doc': 1",
                "/v1/rerank | 'user': 'ann', 'priority': 3, 'texts': null, 'raw_scores': false, 'top_n': null",
                "/rerank | 'truncation_direction': 'Right', 'truncate': false",
                "/rerank | 'truncation_direction': 'right', 'return_text': false",
                "/classify | 'user': 'ann', 'activation': true, 'use_activation': true",
                "/predict | 'raw_scores': false, 'truncate': false, 'truncation_direction': 'Right'"
            })
    void fields_thatChangeNothing_areTaken(String path, String fields) throws Exception {
        assertEquals(result(post(path, "")), result(post(path, ", " + fields)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/v1/embeddings | 'late_chunking': true | late_chunking | expected false, null",
                "/v1/embeddings | 'modality': 'image' | modality | expected \"text\", null",
                "/v1/embeddings | 'embedding_type': 'ubinary' | embedding_type | expected \"float\", null",
                "/v1/embeddings | 'task': 'separation' | task | not known, expected model, input",
                "/v1/rerank | 'rank_fields': ['title'] | rank_fields | expected [\"text\"], null",
                "/v1/rerank | 'max_tokens_per_doc': 5 | max_tokens_per_doc | at 8 tokens; expected that or more",
                "/v1/rerank | 'max_chunks_per_doc': 10 | max_chunks_per_doc | expected 1, null",
                "/rerank | 'truncation_direction': 'Left' | truncation_direction | expected \"Right\", \"right\", null",
                "/classify | 'raw_scores': true | raw_scores | expected false, null",
                "/classify | 'use_activation': false | use_activation | expected true, null",
                "/predict | 'raw_scores': true | raw_scores | expected false, null",
                "/predict | 'parameters': {'function_to_apply': 'none'} | parameters.function_to_apply | expected null",
                "/predict | 'parameters': {'top_k': 0} | parameters.top_k | expected 1 or more",
                "/answer | 'top_k': 2 | top_k | not known, expected model, question, context"
            })
    void fields_thatChangeTheAnswer_areRefusedByName(String path, String fields, String param, String message)
            throws Exception {
        Answer answer = post(path, ", " + fields);
        assertEquals(400, answer.status());
        assertEquals(param, answer.json().at("/error/param").asText());
        assertTrue(answer.error().contains(message), answer.error());
    }

    @Test
    void textClassification_ofHuggingFacesClient_getsAListForOneText() throws Exception {
        JsonNode plain = result(post("/predict", ""));
        assertEquals(3, plain.size());
        assertEquals(plain, result(post("/predict", ", 'parameters': {}")).get(0));
        JsonNode best = result(post("/predict", ", 'parameters': {'top_k': 2, 'function_to_apply': null}"));
        assertEquals(1, best.size());
        assertEquals(2, best.get(0).size());
        assertEquals(plain.get(1), best.get(0).get(1));
    }

    @Test
    void classes_ofInfinitysClient_areListsOfScores() throws Exception {
        JsonNode scores = result(fixture.post(
                server, "/v1/classify", "{\"model\": \"colours\", \"input\": [\"hello\"], \"raw_scores\": false}"));
        assertEquals("classify", scores.get("object").asText());
        assertEquals(result(post("/predict", "")), scores.at("/data/0"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/v1/embeddings | 'model': 'tiny', 'input': ['a', '%s']",
                "/rerank | 'model': 'rank', 'query': 'hello', 'texts': ['a', '%s']",
                "/predict | 'model': 'colours', 'inputs': [['a'], ['%s']]"
            })
    void textsThatMustNotBeCut_areRefusedIfTheyAreLong(String path, String request) throws Exception {
        String fields = String.format(request, "hello ".repeat(20)).replace('\'', '"');
        assertEquals(200, fixture.post(server, path, "{" + fields + "}").status());
        Answer refused = fixture.post(server, path, "{" + fields + ", \"truncate\": false}");
        assertEquals(400, refused.status());
        assertEquals("truncate", refused.json().at("/error/param").asText());
        assertTrue(refused.error().contains("but 1 of 2 inputs have more than"), refused.error());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"[1, 2]", "[[1, 2], [3]]"})
    void tokenIds_areRefused_withTheOptionToSet(String tokens) throws Exception {
        Answer answer = fixture.post(server, "/v1/embeddings", "{\"model\": \"tiny\", \"input\": " + tokens + "}");
        assertEquals(400, answer.status());
        assertEquals("input", answer.json().at("/error/param").asText());
        assertTrue(answer.error().contains("check_embedding_ctx_length=False"), answer.error());
    }
}
