package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.server.ServerFixture.Answer;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;

@Timeout(120)
class GenerationTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String MESSAGES = "\"messages\": [{\"role\": \"user\", \"content\": \"the sun\"}]";
    private static final String GREEDY = ", \"temperature\": 0, \"max_tokens\": 8";

    @TempDir
    Path folder;

    private ServerFixture fixture;
    private BaseModel base;
    private AdapterServer server;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServerFixture(folder);
        Path model = Files.createDirectory(folder.resolve("talker"));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}");
        base = BaseModel.load(model.toString());
        ServerFixture.adapter(fixture.adapters().resolve("poet"), base, new TextDescription("poet"), 3);
        server = AdapterServer.on(base)
                .adapters(List.of(fixture.adapters()))
                .port(0)
                .start();
    }

    @AfterEach
    void close() {
        server.close();
        base.close();
        fixture.close();
    }

    private List<JsonNode> events(String path, String request) throws Exception {
        Answer answer = fixture.post(server, path, request);
        assertEquals(200, answer.status());
        assertEquals(
                "text/event-stream; charset=utf-8",
                answer.response().headers().firstValue("Content-Type").orElse(""));
        List<String> lines = answer.response()
                .body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(line -> line.substring("data: ".length()))
                .toList();
        assertEquals("[DONE]", lines.get(lines.size() - 1));
        List<JsonNode> events = new ArrayList<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            events.add(JSON.readTree(line));
        }
        return events;
    }

    @Test
    void chat_wholeAndStreamed_equalsTheGenerator_ofBaseAndAdapter() throws Exception {
        List<ChatMessage> question = List.of(ChatMessage.user("the sun"));
        Generation eight = Generation.defaults().withMaxTokens(8);
        try (TextGenerator plain = TextGenerator.of(base);
                TextGenerator poet = (TextGenerator) org.lsradapt.finetuning.FineTunedModel.load(
                        fixture.adapters().resolve("poet"), base)) {
            Map<String, GeneratedText> expected = Map.of(
                    "talker", plain.respond(question, eight, piece -> {}),
                    "poet", poet.respond(question, eight, piece -> {}));
            assertNotEquals(expected.get("talker").text(), expected.get("poet").text());
            for (Map.Entry<String, GeneratedText> one : expected.entrySet()) {
                String request = "{\"model\": \"" + one.getKey() + "\", " + MESSAGES + GREEDY;
                JsonNode whole = fixture.post(server, "/v1/chat/completions", request + "}")
                        .json();
                assertEquals(
                        one.getValue().text(),
                        whole.at("/choices/0/message/content").asText());
                assertEquals("length", whole.at("/choices/0/finish_reason").asText());
                assertEquals(
                        one.getValue().promptTokens(),
                        whole.at("/usage/prompt_tokens").intValue());
                assertEquals(8, whole.at("/usage/completion_tokens").intValue());
                List<JsonNode> events = events(
                        "/v1/chat/completions",
                        request + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
                StringBuilder text = new StringBuilder();
                events.forEach(event ->
                        text.append(event.at("/choices/0/delta/content").asText("")));
                assertEquals(one.getValue().text(), text.toString());
                assertEquals(
                        "assistant", events.get(0).at("/choices/0/delta/role").asText());
                assertEquals(
                        "length",
                        events.get(events.size() - 2)
                                .at("/choices/0/finish_reason")
                                .asText());
                assertEquals(
                        8,
                        events.get(events.size() - 1)
                                .at("/usage/completion_tokens")
                                .intValue());
            }
        }
    }

    private String content(String model, String settings) {
        try {
            return fixture.post(
                            server,
                            "/v1/chat/completions",
                            "{\"model\": \"" + model + "\", " + MESSAGES + settings + "}")
                    .json()
                    .at("/choices/0/message/content")
                    .asText();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void chat_manyClients_eachTextAsAlone() {
        List<String> settings = IntStream.range(0, 12)
                .mapToObj(i -> ", \"temperature\": " + i % 3 + ", \"seed\": " + i + ", \"max_tokens\": " + (8 + 3 * i))
                .toList();
        List<String> models = List.of("talker", "poet");
        List<String> alone = new ArrayList<>();
        List<CompletableFuture<String>> together = new ArrayList<>();
        models.forEach(model -> settings.forEach(one -> alone.add(content(model, one))));
        models.forEach(model ->
                settings.forEach(one -> together.add(CompletableFuture.supplyAsync(() -> content(model, one)))));
        assertEquals(alone, together.stream().map(CompletableFuture::join).toList());
    }

    @Test
    void chat_severalChoices_haveSeedsInOrder() throws Exception {
        String settings = ", \"temperature\": 2, \"max_tokens\": 9";
        List<String> expected = IntStream.range(5, 8)
                .mapToObj(seed -> content("talker", settings + ", \"seed\": " + seed))
                .toList();
        String request = "{\"model\": \"talker\", " + MESSAGES + settings + ", \"seed\": 5, \"n\": 3";
        JsonNode whole =
                fixture.post(server, "/v1/chat/completions", request + "}").json();
        assertEquals(27, whole.at("/usage/completion_tokens").intValue());
        String[] texts = {"", "", ""};
        for (JsonNode event : events("/v1/chat/completions", request + ", \"stream\": true}")) {
            JsonNode choice = event.at("/choices/0");
            texts[choice.get("index").intValue()] += choice.at("/delta/content").asText("");
        }
        for (int i = 0; i < 3; i++) {
            assertEquals(i, whole.at("/choices/" + i + "/index").intValue());
            assertEquals(
                    expected.get(i),
                    whole.at("/choices/" + i + "/message/content").asText());
            assertEquals(expected.get(i), texts[i]);
        }
    }

    @Test
    void completions_continueAPrompt_untilAStop() throws Exception {
        try (TextGenerator plain = TextGenerator.of(base)) {
            String expected = plain.generate("the sun", Generation.defaults().withMaxTokens(8));
            String request = "{\"model\": \"talker\", \"prompt\": \"the sun\"" + GREEDY;
            assertEquals(
                    expected,
                    fixture.post(server, "/v1/completions", request + "}")
                            .json()
                            .at("/choices/0/text")
                            .asText());
            String stop = expected.substring(expected.length() / 2);
            JsonNode stopped = fixture.post(
                            server, "/v1/completions", request + ", \"stop\": " + JSON.writeValueAsString(stop) + "}")
                    .json();
            assertEquals("stop", stopped.at("/choices/0/finish_reason").asText());
            StringBuilder text = new StringBuilder();
            events("/v1/completions", request + ", \"stream\": true}")
                    .forEach(event -> text.append(event.at("/choices/0/text").asText()));
            assertEquals(expected, text.toString());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'tools': [{'type': 'function'}] | tools | unsupported_parameter",
                "'n': 0 | n | integer_below_min_value",
                "'best_of': 2 | best_of | unsupported_parameter",
                "'logprobs': true | logprobs | unsupported_parameter",
                "'presence_penalty': 0.5 | presence_penalty | unsupported_parameter",
                "'response_format': {'type': 'json_object'} | response_format.type | invalid_value",
                "'response_format': 'json_object' | response_format | invalid_type",
                "'max_tokens': 0 | max_tokens | integer_below_min_value",
                "'max_tokens': 1.5 | max_tokens | invalid_type",
                "'max_completion_tokens': -3 | max_completion_tokens | integer_below_min_value",
                "'temperature': -1 | temperature | decimal_below_min_value",
                "'temperature': 'warm' | temperature | invalid_type",
                "'top_p': 0 | top_p | decimal_below_min_value",
                "'top_p': 1.1 | top_p | decimal_above_max_value",
                "'repetition_penalty': 0 | repetition_penalty | decimal_below_min_value",
                "'stop': '' | stop | invalid_value",
                "'stop': [7] | stop | invalid_type",
                "'seed': 'x' | seed | invalid_type",
                "'messages': [] | messages | empty_array",
                "'messages': [{'role': 'user'}] | messages[0].content | missing_required_parameter",
                "'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}] | messages[0].content | invalid_value",
                "'messages': [{'role': '', 'content': 'a'}] | messages | invalid_value",
                "'modalities': ['text', 'audio'] | modalities | unsupported_parameter",
                "'reasoning_effort': 'high' | reasoning_effort | unsupported_parameter",
                "'web_search_options': {} | web_search_options | unsupported_parameter",
                "'stream_options': {'continuous_usage_stats': true} | stream_options.continuous_usage_stats | unsupported_parameter",
                "'messages': [{'role': 'user', 'content': 'a', 'tool_calls': [1]}] | messages[0].tool_calls | unsupported_parameter",
                "'novelty': 1 | novelty | unknown_parameter"
            })
    void fields_thatAreWrong_areNamedAsOpenAiNamesThem(String field, String param, String code) throws Exception {
        String messages = field.startsWith("'messages") ? "" : ", " + MESSAGES;
        Answer answer = fixture.post(
                server, "/v1/chat/completions", "{\"model\": \"talker\", " + field.replace('\'', '"') + messages + "}");
        assertEquals(400, answer.status(), field);
        assertEquals(param, answer.json().at("/error/param").asText());
        assertEquals(code, answer.json().at("/error/code").asText());
        assertEquals("invalid_request_error", answer.json().at("/error/type").asText());
    }

    @Test
    void prompt_thatFillsTheModel_isTheFieldAtFault() throws Exception {
        String text = "the sun ".repeat(2000);
        Answer prompt =
                fixture.post(server, "/v1/completions", "{\"model\": \"talker\", \"prompt\": \"" + text + "\"}");
        assertEquals(400, prompt.status());
        assertEquals("prompt", prompt.json().at("/error/param").asText());
        Answer chat = fixture.post(
                server, "/v1/chat/completions", "{\"model\": \"talker\", " + MESSAGES.replace("the sun", text) + "}");
        assertEquals("messages", chat.json().at("/error/param").asText());
    }

    @Test
    void fields_thatAreOff_areTaken() throws Exception {
        Answer neutral = fixture.post(
                server,
                "/v1/chat/completions",
                "{\"model\": \"talker\", \"n\": 1, \"presence_penalty\": 0, \"frequency_penalty\": 0.0, \"tools\": [],"
                        + " \"tool_choice\": \"auto\", \"logprobs\": false, \"response_format\": {\"type\": \"text\"}, \"user\":"
                        + " \"u\", \"messages\": [{\"role\": \"developer\", \"content\": \"be short\"}, {\"role\": \"user\","
                        + " \"content\": [{\"type\": \"text\", \"text\": \"the sun\"}]}]" + GREEDY + "}");
        assertEquals(200, neutral.status(), neutral.response().body());
    }

    @Test
    void fields_thatChangeNothing_areTaken() throws Exception {
        String messages = "\"messages\": [{\"role\": \"user\", \"name\": \"ann\", \"content\": \"the sun\"}";
        String expected = fixture.post(
                        server, "/v1/chat/completions", "{\"model\": \"talker\", " + messages + "]" + GREEDY + "}")
                .json()
                .at("/choices/0/message/content")
                .asText();
        assertFalse(expected.isEmpty());
        Answer hinted = fixture.post(
                server,
                "/v1/chat/completions",
                "{\"model\": \"talker\", \"service_tier\": \"auto\", \"metadata\": {\"a\": \"b\"}, \"modalities\": [\"text\"],"
                        + " \"prediction\": {\"type\": \"content\", \"content\": \"a\"}, \"prompt_cache_key\": \"k\","
                        + " \"safety_identifier\": \"s\", \"novelty\": null, \"top_logprobs\": 0, \"stream_options\": null, "
                        + messages + "]" + GREEDY + "}");
        assertEquals(200, hinted.status(), hinted.response().body());
        assertEquals(expected, hinted.json().at("/choices/0/message/content").asText());
        Answer second = fixture.post(
                server,
                "/v1/chat/completions",
                "{\"model\": \"talker\", " + messages + ", {\"role\": \"assistant\", \"content\": \"is warm\","
                        + " \"refusal\": null, \"annotations\": [], \"audio\": null, \"tool_calls\": []},"
                        + " {\"role\": \"user\", \"content\": \"why\"}]" + GREEDY + "}");
        assertEquals(200, second.status(), second.response().body());
    }

    @Test
    void clientThatHangsUp_freesItsCore() throws Exception {
        String endless = "{\"model\": \"talker\", " + MESSAGES + ", \"stream\": true, \"max_tokens\": 1000000}";
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
                socket.getOutputStream()
                        .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + endless.length()
                                        + "\r\n\r\n" + endless)
                                .getBytes(StandardCharsets.UTF_8));
                assertTrue(socket.getInputStream().read() > 0);
            }
        }
        CompletableFuture<Answer> next = CompletableFuture.supplyAsync(() -> {
            try {
                return fixture.post(
                        server, "/v1/chat/completions", "{\"model\": \"talker\", " + MESSAGES + GREEDY + "}");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertEquals(200, next.get().status());
    }

    @Test
    void generators_haveTheirDoorOnly() throws Exception {
        Answer answer = fixture.post(server, "/v1/embeddings", "{\"model\": \"poet\", \"input\": \"the sun\"}");
        assertEquals(400, answer.status());
        assertEquals(
                "model 'poet' continues texts, expected one that makes embeddings; it answers at /v1/chat/completions",
                answer.error());
    }
}
