package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.server.ServerFixture.Answer;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.answers.AnswerExtractor;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.classification.TextRegressor;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.MultiLabelDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.labels.MultiLabelClassifier;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.tokens.FoundSpan;
import org.lsradapt.tasks.tokens.TokenClassifier;

@Timeout(120)
class AdapterServerTest {
    private static final String TEXTS = "[\"hello world\", \"cafe\", \"world , hello\"]";
    private static final List<String> LIST = List.of("hello world", "cafe", "world , hello");

    @TempDir
    Path folder;

    private ServerFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServerFixture(folder);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private <M extends FineTunedModel> M load(Class<M> type, String name) throws IOException {
        return type.cast(FineTunedModel.load(fixture.adapters().resolve(name), fixture.base));
    }

    private static float[] vector(JsonNode numbers) {
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) numbers.get(i).doubleValue();
        }
        return vector;
    }

    @Test
    void embeddings_ofBaseAndAdapter_equalTheModels() throws Exception {
        fixture.adapter("search", new EmbeddingDescription("search"), 3);
        try (AdapterServer server = fixture.server().start();
                TextEmbedder adapted = load(TextEmbedder.class, "search");
                TextEmbedder base = TextEmbedder.of(fixture.base)) {
            for (Map.Entry<String, TextEmbedder> one :
                    Map.of("search", adapted, "tiny", base).entrySet()) {
                String request = "{\"model\": \"" + one.getKey() + "\", \"input\": " + TEXTS;
                JsonNode floats =
                        fixture.post(server, "/v1/embeddings", request + "}").json();
                JsonNode packed = fixture.post(
                                server,
                                "/v1/embeddings",
                                request + ", \"encoding_format\": \"base64\", \"user\": \"u\"}")
                        .json();
                JsonNode cut = fixture.post(
                                server, "/v1/embeddings", request + ", \"dimensions\": 2, \"input_type\": \"query\"}")
                        .json();
                float[][] expected = one.getValue().embed(LIST);
                float[][] shorter = one.getValue().truncated(2).embedQueries(LIST);
                for (int i = 0; i < expected.length; i++) {
                    JsonNode row = floats.at("/data/" + i);
                    assertEquals(i, row.get("index").intValue());
                    assertArrayEquals(expected[i], vector(row.get("embedding")), 1e-6f);
                    float[] unpacked = new float[expected[i].length];
                    ByteBuffer.wrap(Base64.getDecoder()
                                    .decode(packed.at("/data/" + i + "/embedding")
                                            .asText()))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer()
                            .get(unpacked);
                    assertArrayEquals(expected[i], unpacked, 1e-6f);
                    assertArrayEquals(shorter[i], vector(cut.at("/data/" + i + "/embedding")), 1e-6f);
                }
                assertEquals(
                        LIST.stream()
                                .mapToInt(text -> fixture.base
                                        .tokenizer()
                                        .encode(text, null, 8)
                                        .length())
                                .sum(),
                        floats.at("/usage/prompt_tokens").intValue());
            }
        }
    }

    @Test
    void classes_inBothShapes_equalTheModels() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterServer server = fixture.server().start();
                TextClassifier classifier = load(TextClassifier.class, "colours")) {
            JsonNode data = fixture.post(server, "/classify", "{\"model\": \"colours\", \"input\": " + TEXTS + "}")
                    .json()
                    .get("data");
            JsonNode plain = fixture.post(
                            server,
                            "/predict",
                            "{\"model\": \"colours\", \"inputs\": [[\"hello world\"], [\"cafe\"], [\"world , hello\"]]}")
                    .json();
            List<Classification> expected = classifier.predict(LIST);
            for (int i = 0; i < expected.size(); i++) {
                assertEquals(
                        expected.get(i).label(), data.at("/" + i + "/label").asText());
                assertEquals(3, data.at("/" + i + "/num_classes").intValue());
                assertEquals(
                        expected.get(i).label(), plain.at("/" + i + "/0/label").asText());
                for (int c = 0; c < 3; c++) {
                    assertEquals(
                            expected.get(i).probabilities().get(c),
                            data.at("/" + i + "/probs/" + c).doubleValue(),
                            1e-6);
                }
            }
            Answer one = fixture.post(server, "/predict", "{\"model\": \"colours\", \"inputs\": \"cafe\"}");
            assertEquals(expected.get(1).label(), one.json().at("/0/label").asText());
        }
    }

    @Test
    void classifierThatAbstains_labelsAllTexts() throws Exception {
        fixture.adapter(
                "unsure",
                new ClassificationDescription(
                        "sizes", List.of("big", "small"), false, List.of(), OptionalDouble.of(0.999)),
                3);
        try (AdapterServer server = fixture.server().start();
                TextClassifier classifier = load(TextClassifier.class, "unsure")) {
            for (int time = 0; time < 2; time++) {
                JsonNode data = fixture.post(server, "/classify", "{\"model\": \"unsure\", \"input\": \"hello\"}")
                        .json();
                assertEquals(
                        classifier.predict("hello").label(),
                        data.at("/data/0/label").asText());
            }
        }
    }

    @Test
    void labelsNumbersWordsAndAnswers_equalTheModels() throws Exception {
        fixture.adapter("topics", new MultiLabelDescription("topics", List.of("a", "b"), false, List.of(0.3, 0.6)), 3);
        fixture.adapter("stars", new RegressionDescription("stars", true), 4);
        fixture.adapter("names", new TokensDescription("names", List.of("O", "B-PER", "I-PER")), 5);
        fixture.adapter("squad", new SpansDescription("squad", OptionalDouble.empty()), 6);
        try (AdapterServer server = fixture.server().start();
                MultiLabelClassifier topics = load(MultiLabelClassifier.class, "topics");
                TextRegressor stars = load(TextRegressor.class, "stars");
                TokenClassifier names = load(TokenClassifier.class, "names");
                AnswerExtractor squad = load(AnswerExtractor.class, "squad")) {
            JsonNode labels = fixture.post(server, "/classify", "{\"model\": \"topics\", \"input\": \"hello\"}")
                    .json()
                    .at("/data/0");
            assertEquals(
                    topics.predict("hello").chosen(),
                    IntStream.range(0, labels.get("labels").size())
                            .mapToObj(i -> labels.get("labels").get(i).asText())
                            .toList());
            assertEquals(
                    topics.predict("hello").probability("b"),
                    labels.at("/probs/1").doubleValue(),
                    1e-6);

            JsonNode number = fixture.post(
                            server,
                            "/classify",
                            "{\"model\": \"stars\", \"input\": [{\"text\": \"hello\", \"text_pair\": \"world\"}]}")
                    .json();
            assertEquals(
                    stars.predict("hello", "world"), number.at("/data/0/value").doubleValue(), 1e-5);

            JsonNode spans = fixture.post(
                            server, "/classify", "{\"model\": \"names\", \"input\": \"hello world cafe\"}")
                    .json()
                    .at("/data/0/spans");
            List<FoundSpan> found = names.predict("hello world cafe");
            assertEquals(found.size(), spans.size());
            for (int i = 0; i < found.size(); i++) {
                assertEquals(found.get(i).text(), spans.at("/" + i + "/text").asText());
                assertEquals(found.get(i).label(), spans.at("/" + i + "/label").asText());
            }

            JsonNode answer = fixture.post(
                            server,
                            "/answer",
                            "{\"model\": \"squad\", \"question\": \"hello\", \"context\": \"world , cafe\"}")
                    .json();
            assertEquals(
                    squad.answer("hello", "world , cafe").orElseThrow().text(),
                    answer.get("answer").asText());
        }
    }

    @Test
    void passages_areRankedInThreeShapes() throws Exception {
        fixture.adapter("rank", new RerankingDescription("rank"), 3);
        try (AdapterServer server = fixture.server().start();
                Reranker reranker = load(Reranker.class, "rank")) {
            List<Integer> order = reranker.rank("hello", LIST, 2).stream()
                    .map(passage -> passage.index())
                    .toList();
            for (String path : List.of("/v1/rerank", "/v2/rerank")) {
                Answer answer = fixture.post(
                        server,
                        path,
                        "{\"model\": \"rank\", \"query\": \"hello\", \"documents\": [\"hello world\", {\"text\": \"cafe\"},"
                                + " \"world , hello\"], \"top_n\": 2, \"return_documents\": true}");
                JsonNode results = answer.json().get("results");
                assertEquals(2, results.size());
                assertEquals(order.get(0), results.at("/0/index").intValue());
                assertEquals(
                        LIST.get(order.get(1)), results.at("/1/document/text").asText());
                double score = reranker.score("hello", LIST.get(order.get(0)));
                assertEquals(
                        1 / (1 + Math.exp(-score)),
                        results.at("/0/relevance_score").doubleValue(),
                        1e-6);
            }
            JsonNode plain = fixture.post(
                            server,
                            "/rerank",
                            "{\"model\": \"rank\", \"query\": \"hello\", \"texts\": " + TEXTS
                                    + ", \"raw_scores\": true}")
                    .json();
            assertEquals(
                    reranker.score("hello", LIST.get(order.get(0))),
                    plain.at("/0/score").doubleValue(),
                    1e-5);
        }
    }

    @Test
    void names_areNeverAnsweredByAnotherModel() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterServer server = fixture.server().start()) {
            Answer unknown = fixture.post(server, "/v1/embeddings", "{\"model\": \"colour\", \"input\": \"cafe\"}");
            assertEquals(404, unknown.status());
            assertEquals("there is no model 'colour'; GET /v1/models lists those of this server", unknown.error());
            assertEquals("model_not_found", unknown.json().at("/error/code").asText());
            Answer elsewhere = fixture.post(server, "/v1/embeddings", "{\"model\": \"colours\", \"input\": \"cafe\"}");
            assertEquals(400, elsewhere.status());
            assertEquals(
                    "model 'colours' classifies texts, expected one that makes embeddings; it answers at /classify",
                    elsewhere.error());
            Answer nameless = fixture.post(server, "/v1/embeddings", "{\"input\": \"cafe\"}");
            assertEquals(400, nameless.status());
            assertTrue(nameless.error().contains("\"model\""), nameless.error());
        }
    }

    @Test
    void adapters_ofAnotherBaseModel_areRefusedWhenLoaded() throws Exception {
        Path other = fixture.adapters().resolve("foreign");
        try (BaseModel stranger =
                BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("stranger")), 2)
                        .toString())) {
            ServerFixture.adapter(other, stranger, ServerFixture.COLOURS, 3);
        }
        assertTrue(assertThrows(
                        IllegalArgumentException.class, () -> fixture.server().start())
                .getMessage()
                .contains("foreign"));
    }

    @Test
    void models_areListedWithTheirTasks() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterStore store = AdapterStore.open(folder.resolve("users.store"), fixture.base)) {
            for (String key : List.of("ann", "bob", "cy")) {
                store.put(key, ServerFixture.adapter(folder.resolve(key), fixture.base, ServerFixture.COLOURS, 7));
            }
            try (AdapterServer server = fixture.server().store(store).start()) {
                JsonNode all = fixture.get(server, "/v1/models").json();
                assertEquals(
                        List.of("tiny", "colours", "ann", "bob", "cy"),
                        all.get("data").findValuesAsText("id"));
                assertEquals("tiny", all.at("/data/1/parent").asText());
                assertEquals("classification", all.at("/data/1/kind").asText());
                JsonNode page =
                        fixture.get(server, "/v1/models?after=ann&limit=1").json();
                assertEquals(List.of("bob"), page.get("data").findValuesAsText("id"));
                assertTrue(page.get("has_more").booleanValue());
                assertEquals(
                        "cy",
                        fixture.get(server, "/v1/models/cy").json().get("id").asText());
                assertEquals(404, fixture.get(server, "/v1/models/dora").status());
                assertEquals(400, fixture.get(server, "/v1/models?limit=x").status());
            }
        }
    }

    private String label(AdapterServer server, String model) throws Exception {
        return fixture.post(server, "/classify", "{\"model\": \"" + model + "\", \"input\": \"cafe\"}")
                .json()
                .at("/data/0/probs")
                .toString();
    }

    @Test
    void replacedAdapters_areSeenByTheNextRequest_inAFolderAndInAStore() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterStore store = AdapterStore.open(folder.resolve("users.store"), fixture.base)) {
            store.put("ann", ServerFixture.adapter(folder.resolve("ann"), fixture.base, ServerFixture.COLOURS, 7));
            try (AdapterServer server = fixture.server().store(store).start()) {
                String before = label(server, "colours");
                String ofAnn = label(server, "ann");
                assertFalse(before.equals(ofAnn), before);
                fixture.adapter("colours", ServerFixture.COLOURS, 7);
                assertEquals(ofAnn, label(server, "colours"));
                store.put("ann", ServerFixture.adapter(folder.resolve("ann3"), fixture.base, ServerFixture.COLOURS, 3));
                assertEquals(before, label(server, "ann"));
                // Other classes than before, so that answers need the new description too.
                fixture.adapter("colours", new ClassificationDescription("sizes", List.of("big", "small"), false), 9);
                assertEquals(
                        2,
                        fixture.post(server, "/classify", "{\"model\": \"colours\", \"input\": \"cafe\"}")
                                .json()
                                .at("/data/0/num_classes")
                                .intValue());
                store.remove("ann");
                assertEquals(
                        404,
                        fixture.post(server, "/classify", "{\"model\": \"ann\", \"input\": \"cafe\"}")
                                .status());
                // A damaged replacement is not served; the adapter before it stays.
                Files.writeString(fixture.adapters().resolve("colours").resolve("adapter_config.json"), "{");
                assertEquals(
                        200,
                        fixture.post(server, "/classify", "{\"model\": \"colours\", \"input\": \"cafe\"}")
                                .status());
            }
        }
    }

    @Test
    void clients_loadAndUnloadAdapters_whereAllowed_andWithinTheFolders() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterServer server = fixture.server().start()) {
            Answer refused =
                    fixture.post(server, "/v1/load_lora_adapter", "{\"lora_name\": \"late\", \"lora_path\": \"late\"}");
            assertEquals(403, refused.status());
        }
        ServerFixture.adapter(folder.resolve("outside"), fixture.base, ServerFixture.COLOURS, 3);
        try (AdapterServer server = fixture.server().dynamicAdapters(true).start()) {
            fixture.adapter("late", ServerFixture.COLOURS, 5);
            Files.createSymbolicLink(fixture.adapters().resolve("link"), folder.resolve("outside"));
            assertEquals(
                    404,
                    fixture.post(server, "/classify", "{\"model\": \"late\", \"input\": \"cafe\"}")
                            .status());
            String path = "/v1/load_lora_adapter";
            assertEquals(
                    200,
                    fixture.post(server, path, "{\"lora_name\": \"late\", \"lora_path\": \"late\"}")
                            .status());
            assertFalse(label(server, "late").isEmpty());
            assertEquals(
                    400,
                    fixture.post(server, path, "{\"lora_name\": \"late\", \"lora_path\": \"late\"}")
                            .status());
            assertEquals(
                    200,
                    fixture.post(
                                    server,
                                    path,
                                    "{\"lora_name\": \"late\", \"lora_path\": \"late\", \"load_inplace\": true}")
                            .status());
            for (String outside :
                    List.of("../outside", folder.resolve("outside").toString(), "link", "none", "\\u0000")) {
                Answer answer =
                        fixture.post(server, path, "{\"lora_name\": \"x\", \"lora_path\": \"" + outside + "\"}");
                assertEquals(400, answer.status(), outside);
                assertEquals(
                        "there is no such adapter in the folders of adapters of this server", answer.error(), outside);
            }
            Answer damaged = fixture.post(server, path, "{\"lora_name\": \"x\", \"lora_path\": \".\"}");
            assertEquals(400, damaged.status());
            assertFalse(damaged.error().contains(folder.toString()), damaged.error());
            assertEquals(
                    200,
                    fixture.post(server, "/v1/unload_lora_adapter", "{\"lora_name\": \"late\"}")
                            .status());
            assertEquals(
                    404,
                    fixture.post(server, "/v1/unload_lora_adapter", "{\"lora_name\": \"late\"}")
                            .status());
            assertEquals(
                    404,
                    fixture.post(server, "/classify", "{\"model\": \"late\", \"input\": \"cafe\"}")
                            .status());
        }
    }

    @Test
    void keys_areRequiredOfAllButProbes() throws Exception {
        try (AdapterServer server = AdapterServer.on(fixture.base)
                .port(0)
                .keys(List.of("first", "second"))
                .start()) {
            assertEquals(200, fixture.get(server, "/health").status());
            assertEquals(200, fixture.get(server, "/ready").status());
            for (String key : new String[] {null, "Bearer third", "first", "Bearer ", "Bearer firs"}) {
                HttpRequest.Builder request =
                        HttpRequest.newBuilder(server.uri().resolve("/v1/models"));
                if (key != null) {
                    request.header("Authorization", key);
                }
                Answer answer = fixture.send(request);
                assertEquals(401, answer.status(), key);
                assertEquals("invalid_api_key", answer.json().at("/error/code").asText());
            }
            for (String key : List.of("first", "second")) {
                assertEquals(
                        200,
                        fixture.send(HttpRequest.newBuilder(server.uri().resolve("/v1/models"))
                                        .header("Authorization", "Bearer " + key))
                                .status());
            }
        }
    }

    @Test
    void requests_thatAreWrong_areRefusedInWords() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        ServerLimits limits = ServerLimits.defaults().withTexts(3).withTokens(20);
        try (AdapterServer server = fixture.server().limits(limits).start()) {
            Map<String, String> wrong = Map.of(
                    "[]", "expected a JSON object",
                    "{", "not valid JSON",
                    "{\"model\": \"tiny\", \"input\": \"a\", \"inputs\": 1}", "field \"inputs\": not known",
                    "{\"model\": \"tiny\", \"input\": [1, 2]}", "found token ids",
                    "{\"model\": \"tiny\", \"input\": []}", "expected",
                    "{\"model\": \"tiny\", \"input\": [\"a\", \"\"]}", "text 2 of 2 is empty",
                    "{\"model\": \"tiny\", \"input\": \"\\ud800\"}", "half of a surrogate pair",
                    "{\"model\": \"tiny\", \"input\": \"a\", \"dimensions\": 99}", "dimensions: found 99",
                    "{\"model\": \"tiny\", \"input\": \"a\", \"encoding_format\": \"hex\"}", "expected float or base64",
                    "{\"model\": 1, \"input\": \"a\"}", "field \"model\"");
            for (Map.Entry<String, String> one : wrong.entrySet()) {
                Answer answer = fixture.post(server, "/v1/embeddings", one.getKey());
                assertEquals(400, answer.status(), one.getKey());
                assertTrue(answer.error().contains(one.getValue()), answer.error());
            }
            Answer many = fixture.post(
                    server, "/v1/embeddings", "{\"model\": \"tiny\", \"input\": [\"a\", \"a\", \"a\", \"a\"]}");
            assertEquals(413, many.status());
            String tokens = "\"" + "hello ".repeat(20) + "\"";
            // The adapter cuts texts at 8 tokens, the base model at 10.
            for (List<String> door :
                    List.of(List.of("/v1/embeddings", "tiny", "30"), List.of("/classify", "colours", "24"))) {
                String request = "{\"model\": \"" + door.get(1) + "\", \"input\": [" + tokens + ", " + tokens;
                assertEquals(
                        200, fixture.post(server, door.get(0), request + "]}").status());
                Answer more = fixture.post(server, door.get(0), request + ", " + tokens + "]}");
                assertEquals(413, more.status());
                assertEquals(
                        "the request has " + door.get(2)
                                + " tokens or more, the limit of this server is 20; send fewer or shorter texts",
                        more.error());
            }
            for (String name : List.of("\\ud83d\\ude00", "\\ud800")) {
                Answer unknown =
                        fixture.post(server, "/v1/embeddings", "{\"model\": \"" + name + "\", \"input\": \"a\"}");
                assertEquals(404, unknown.status());
                String said = name.length() > 6 ? "\ud83d\ude00" : "?";
                assertTrue(unknown.response().body().contains("'" + said + "'"), unknown.error());
            }
            Answer post = fixture.get(server, "/classify");
            assertEquals(405, post.status());
            assertEquals(List.of("POST"), post.response().headers().allValues("Allow"));
            Answer head = fixture.send(
                    HttpRequest.newBuilder(server.uri().resolve("/health")).method("HEAD", BodyPublishers.noBody()));
            assertEquals(200, head.status());
            assertEquals("", head.response().body());
            Answer wide = fixture.post(
                    server, "/v1/embeddings", "{\"model\": \"tiny\", \"input\": \"a\", \"dimensions\": 1000}");
            assertEquals("dimensions", wide.json().at("/error/param").asText());
            Answer empty =
                    fixture.post(server, "/answer", "{\"model\": \"tiny\", \"question\": \"a\", \"context\": \" \"}");
            assertEquals("context", empty.json().at("/error/param").asText());
            assertEquals(404, fixture.get(server, "/").status());
            assertEquals(404, fixture.get(server, "/metrics").status());
            Answer invalid = fixture.send(HttpRequest.newBuilder(server.uri().resolve("/classify"))
                    .POST(BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'})));
            assertEquals(400, invalid.status());
            assertTrue(invalid.error().contains("UTF-8"), invalid.error());
        }
    }

    @Test
    void addresses_thatCannotBeUsed_areRefused_andOpenNoOther() {
        AdapterServer.Builder builder =
                AdapterServer.on(fixture.base).host("no-such-host.invalid").port(0);
        IOException unknown = assertThrows(IOException.class, builder::start);
        assertEquals("cannot listen on no-such-host.invalid: there is no host of this name", unknown.getMessage());
        IllegalArgumentException port = assertThrows(IllegalArgumentException.class, () -> builder.port(99_999));
        assertEquals("server: port 99999, expected 0 to 65535", port.getMessage());
    }

    @Test
    void cutTexts_areCounted() throws Exception {
        try (AdapterServer server = AdapterServer.on(fixture.base).port(0).start()) {
            JsonNode usage = fixture.post(
                            server,
                            "/v1/embeddings",
                            "{\"model\": \"tiny\", \"input\": [\"cafe\", \"" + "hello ".repeat(20) + "\"]}")
                    .json()
                    .get("usage");
            assertEquals(1, usage.get("truncated_inputs").intValue());
            assertEquals(10, usage.get("max_tokens_per_input").intValue());
        }
    }

    @Test
    void measurements_namePathsAndNoKeys() throws Exception {
        fixture.adapter("colours", ServerFixture.COLOURS, 3);
        try (AdapterServer server = fixture.server()
                .metrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
                .start()) {
            label(server, "colours");
            fixture.post(server, "/classify", "{\"model\": \"nobody\", \"input\": \"cafe\"}");
            String text = fixture.get(server, "/metrics").response().body();
            assertTrue(text.contains("lsr_requests_seconds_count{door=\"classify\",status=\"200\"} 1"), text);
            assertTrue(text.contains("lsr_requests_seconds_count{door=\"classify\",status=\"404\"} 1"), text);
            assertTrue(text.contains("lsr_step_sequences_count 1"), text);
            assertFalse(text.contains("colours") || text.contains("nobody"), text);
        }
    }
}
