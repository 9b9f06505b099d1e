package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.io.JsonFields;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.http.Json;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.server.internal.models.Use;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;

/**
 * OpenAI's {@code POST /v1/chat/completions} and {@code POST /v1/completions}, with server-sent events. As many texts are generated at
 * once as there are cores; further ones wait.
 */
final class GenerationDoor extends JsonDoor<GenerationDoor.Request> {
    /** The fields of both doors that are off by default, and are refused when they are on. */
    private static final List<String> UNSUPPORTED = List.of(
            "tools",
            "tool_choice",
            "functions",
            "function_call",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "audio",
            "modalities",
            "prediction",
            "echo",
            "suffix",
            "frequency_penalty",
            "presence_penalty",
            "reasoning_effort",
            "store");

    private static final List<String> KNOWN = List.of(
            "model",
            "stream",
            "stream_options",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "repetition_penalty",
            "seed",
            "stop",
            "n",
            "best_of",
            "user",
            "response_format",
            "parallel_tool_calls",
            "metadata");

    /** The limit of tokens for requests without one. */
    private static final int USUAL_TOKENS = 1024;

    private final ServedModels models;
    private final boolean chat;
    private final Semaphore cores;

    /**
     * A request.
     *
     * @param messages the messages of a chat, or a prompt alone
     */
    record Request(
            String model, List<ChatMessage> messages, Generation generation, boolean stream, boolean streamsUsage) {}

    GenerationDoor(ServedModels models, boolean chat, Semaphore cores, int mostTexts) {
        super(mostTexts);
        this.models = models;
        this.chat = chat;
        this.cores = cores;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        List<String> known = new ArrayList<>(KNOWN);
        known.addAll(UNSUPPORTED);
        known.add(chat ? "messages" : "prompt");
        fields.requireOnly(known);
        for (String name : UNSUPPORTED) {
            requireOff(fields, name);
        }
        requireOne(fields, "n");
        requireOne(fields, "best_of");
        if (fields.isObject("response_format")) {
            fields.object("response_format").requireValue("type", "text");
        }
        boolean usage = !fields.isAbsent("stream_options")
                && fields.object("stream_options").flag("include_usage", false);
        return new Request(
                fields.text("model"),
                chat ? messages(fields) : List.of(ChatMessage.user(prompt(fields))),
                generation(fields),
                fields.flag("stream", false),
                usage);
    }

    private static void requireOff(JsonFields fields, String name) throws IOException {
        if (fields.isAbsent(name) || !isNeutral(fields, name)) {
            fields.requireOff(name, "which this server does not support");
        }
    }

    private static boolean isNeutral(JsonFields fields, String name) {
        try {
            return name.equals("tool_choice")
                    ? List.of("none", "auto").contains(fields.text(name))
                    : fields.number(name) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void requireOne(JsonFields fields, String name) throws IOException {
        if (fields.integer(name, 1) != 1) {
            throw fields.failure(name, "found " + fields.integer(name) + ", only 1 is supported");
        }
    }

    private static String prompt(JsonFields fields) throws IOException {
        if (fields.isArray("prompt")) {
            List<String> prompts = fields.texts("prompt");
            if (prompts.size() != 1) {
                throw fields.failure("prompt", "found " + prompts.size() + " prompts, expected one in a request");
            }
            return prompts.get(0);
        }
        return fields.text("prompt");
    }

    private List<ChatMessage> messages(JsonFields fields) throws IOException {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            message.requireOnly("role", "content", "name", "refusal");
            message.requireOff("name", "which no chat template here reads");
            message.requireOff("refusal", "which no chat template here reads");
            String role = message.text("role");
            // OpenAI's newer name for it, which no chat template of an open model knows.
            messages.add(new ChatMessage(role.equals("developer") ? "system" : role, content(message)));
        }
        count("messages", messages.size());
        return messages;
    }

    /** Reads a text, or the texts of parts. */
    private static String content(JsonFields message) throws IOException {
        if (!message.isArray("content")) {
            return message.text("content");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : message.array("content")) {
            if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
                throw message.failure("content", "found a part that is not a text, expected texts alone");
            }
            text.append(part.get("text").textValue());
        }
        return text.toString();
    }

    private static Generation generation(JsonFields fields) throws IOException {
        int most = fields.integer("max_completion_tokens", fields.integer("max_tokens", USUAL_TOKENS));
        long seed = fields.isAbsent("seed") ? ThreadLocalRandom.current().nextLong() : fields.longInteger("seed");
        try {
            Sampling sampling = new Sampling(fields.number("temperature", 1), fields.number("top_p", 1), seed)
                    .withTopK(Math.max(0, fields.integer("top_k", 0)));
            if (!fields.isAbsent("repetition_penalty")) {
                sampling = sampling.withRepetitionPenalty(fields.number("repetition_penalty"));
            }
            List<String> stops = fields.isAbsent("stop")
                    ? List.of()
                    : fields.isText("stop") ? List.of(fields.text("stop")) : fields.texts("stop");
            return new Generation(most, sampling, stops);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(e.getMessage());
        }
    }

    @Override
    void answer(Request request, Exchange exchange) {
        awaitCore(exchange);
        try {
            models.use(Optional.of(request.model), Use.GENERATE, generator -> {
                Answer answer = new Answer(request, exchange);
                answer.complete(generate(generator, request, answer));
                return answer;
            });
        } finally {
            cores.release();
        }
    }

    private void awaitCore(Exchange exchange) {
        try {
            while (!cores.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                requireClient(exchange);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the server stops");
        }
    }

    private static void requireClient(Exchange exchange) {
        if (exchange.caller().isCancelled()) {
            throw new CancellationException("the client has hung up");
        }
    }

    private GeneratedText generate(TextGenerator generator, Request request, Consumer<String> pieces) {
        return chat
                ? generator.respond(request.messages, request.generation, pieces)
                : generator.complete(request.messages.get(0).content(), request.generation, pieces);
    }

    /** One answer, streamed or whole. Events begin with the first piece, so that a failure before it has a status of its own. */
    private final class Answer implements Consumer<String> {
        private final Request request;
        private final Exchange exchange;
        private final String id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID();
        private final long created = System.currentTimeMillis() / 1000;
        private Exchange.@Nullable Events events;

        Answer(Request request, Exchange exchange) {
            this.request = request;
            this.exchange = exchange;
        }

        @Override
        public void accept(String piece) {
            requireClient(exchange);
            if (request.stream) {
                events().send(Json.text(chunk(part(piece), null)));
            }
        }

        private Exchange.Events events() {
            Exchange.Events begun = events;
            if (begun == null) {
                begun = exchange.events();
                events = begun;
                if (chat) {
                    begun.send(Json.text(chunk(Map.of("role", ChatMessage.ASSISTANT, "content", ""), null)));
                }
            }
            return begun;
        }

        private Object part(String piece) {
            return chat ? Map.of("content", piece) : piece;
        }

        void complete(GeneratedText text) {
            String reason = text.ended() ? "stop" : "length";
            Map<String, Object> usage = new LinkedHashMap<>();
            usage.put("prompt_tokens", text.promptTokens());
            usage.put("completion_tokens", text.tokens());
            usage.put("total_tokens", text.promptTokens() + text.tokens());
            if (!request.stream) {
                Object said = chat ? Map.of("role", ChatMessage.ASSISTANT, "content", text.text()) : text.text();
                Map<String, Object> whole = envelope(chat ? "chat.completion" : "text_completion");
                whole.put("choices", List.of(choice(chat ? "message" : "text", said, reason)));
                whole.put("usage", usage);
                exchange.reply(200, whole);
                return;
            }
            events().send(Json.text(chunk(chat ? Map.of() : "", reason)));
            if (request.streamsUsage) {
                Map<String, Object> last = envelope(chunkName());
                last.put("choices", List.of());
                last.put("usage", usage);
                events().send(Json.text(last));
            }
            events().send("[DONE]");
            events().end();
        }

        private String chunkName() {
            return chat ? "chat.completion.chunk" : "text_completion";
        }

        private Map<String, Object> chunk(Object part, @Nullable String reason) {
            Map<String, Object> chunk = envelope(chunkName());
            chunk.put("choices", List.of(choice(chat ? "delta" : "text", part, reason)));
            return chunk;
        }

        private Map<String, Object> envelope(String object) {
            Map<String, Object> envelope = new LinkedHashMap<>();
            envelope.put("id", id);
            envelope.put("object", object);
            envelope.put("created", created);
            envelope.put("model", request.model);
            return envelope;
        }

        private static Map<String, Object> choice(String name, Object said, @Nullable String reason) {
            Map<String, Object> choice = new LinkedHashMap<>();
            choice.put("index", 0);
            choice.put(name, said);
            choice.put("logprobs", null);
            choice.put("finish_reason", reason);
            return choice;
        }
    }
}
