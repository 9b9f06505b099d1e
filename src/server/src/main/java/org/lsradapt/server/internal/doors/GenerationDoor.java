package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.io.JsonFields;
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

    private String text() {
        return GenerationFields.text(chat);
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        GenerationFields read = new GenerationFields(fields, chat);
        List<ChatMessage> messages = read.messages();
        count(text(), messages.size());
        return new Request(
                fields.text("model"), messages, read.settings(), fields.flag("stream", false), read.streamsUsage());
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
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(text(), models.withoutPaths(e.getMessage()));
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
