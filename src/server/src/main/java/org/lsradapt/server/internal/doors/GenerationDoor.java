package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.Threads;
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
 * OpenAI's {@code POST /v1/chat/completions} and {@code POST /v1/completions}, with server-sent events. The texts of all requests, and
 * the choices of one, are generated together.
 */
final class GenerationDoor extends JsonDoor<GenerationDoor.Request> {
    private final ServedModels models;
    private final boolean chat;

    /**
     * A request.
     *
     * @param messages the messages of a chat, or a prompt alone
     * @param choices the number of answers
     */
    record Request(
            String model,
            List<ChatMessage> messages,
            Generation generation,
            int choices,
            boolean stream,
            boolean streamsUsage) {

        /** The settings of a choice: each has its own seed. */
        Generation of(int choice) {
            Sampling sampling = generation.sampling();
            return generation.withSampling(sampling.withSeed(sampling.seed() + choice));
        }
    }

    GenerationDoor(ServedModels models, boolean chat, int mostTexts) {
        super(mostTexts);
        this.models = models;
        this.chat = chat;
    }

    private String text() {
        return GenerationFields.text(chat);
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        GenerationFields read = new GenerationFields(fields, chat);
        List<ChatMessage> messages = read.messages();
        count(text(), messages.size());
        int choices = read.choices();
        count("n", choices);
        return new Request(
                fields.text("model"),
                messages,
                read.settings(),
                choices,
                fields.flag("stream", false),
                read.streamsUsage());
    }

    @Override
    void answer(Request request, Exchange exchange) {
        try {
            models.use(Optional.of(request.model), Use.GENERATE, generator -> {
                Answer answer = new Answer(request, exchange);
                answer.complete(generate(generator, answer));
                return answer;
            });
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(text(), models.withoutPaths(e.getMessage()));
        }
    }

    private List<GeneratedText> generate(TextGenerator generator, Answer answer) {
        int choices = answer.request.choices;
        if (choices == 1) {
            return List.of(generate(generator, answer, 0));
        }
        return Threads.map(
                IntStream.range(0, choices).boxed().toList(),
                choices,
                choice -> generate(generator, answer, choice),
                answer.exchange.caller()::cancel);
    }

    private GeneratedText generate(TextGenerator generator, Answer answer, int choice) {
        Request request = answer.request;
        Generation generation = request.of(choice);
        Consumer<String> pieces = piece -> answer.add(choice, piece);
        return answer.exchange
                .caller()
                .call(() -> chat
                        ? generator.respond(request.messages, generation, pieces)
                        : generator.complete(request.messages.get(0).content(), generation, pieces));
    }

    /**
     * One answer, streamed or whole. Events begin with the first piece, so that a failure before it has a status of its own. The threads
     * of all choices add to it.
     */
    private final class Answer {
        private final Request request;
        private final Exchange exchange;
        private final String id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID();
        private final long created = System.currentTimeMillis() / 1000;
        private Exchange.@Nullable Events events;

        Answer(Request request, Exchange exchange) {
            this.request = request;
            this.exchange = exchange;
        }

        synchronized void add(int choice, String piece) {
            if (request.stream) {
                events().send(Json.text(chunk(choice, part(piece), null)));
            }
        }

        private Exchange.Events events() {
            Exchange.Events begun = events;
            if (begun == null) {
                begun = exchange.events();
                events = begun;
                for (int i = 0; chat && i < request.choices; i++) {
                    begun.send(Json.text(chunk(i, Map.of("role", ChatMessage.ASSISTANT, "content", ""), null)));
                }
            }
            return begun;
        }

        private Object part(String piece) {
            return chat ? Map.of("content", piece) : piece;
        }

        void complete(List<GeneratedText> texts) {
            Map<String, Object> usage = new LinkedHashMap<>();
            int read = texts.get(0).promptTokens();
            int written = texts.stream().mapToInt(GeneratedText::tokens).sum();
            usage.put("prompt_tokens", read);
            usage.put("completion_tokens", written);
            usage.put("total_tokens", read + written);
            if (!request.stream) {
                Map<String, Object> whole = envelope(chat ? "chat.completion" : "text_completion");
                List<Object> choices = new ArrayList<>();
                for (GeneratedText text : texts) {
                    choices.add(choice(choices.size(), chat ? "message" : "text", said(text.text()), reason(text)));
                }
                whole.put("choices", choices);
                whole.put("usage", usage);
                exchange.reply(200, whole);
                return;
            }
            for (int i = 0; i < texts.size(); i++) {
                events().send(Json.text(chunk(i, chat ? Map.of() : "", reason(texts.get(i)))));
            }
            if (request.streamsUsage) {
                Map<String, Object> last = envelope(chunkName());
                last.put("choices", List.of());
                last.put("usage", usage);
                events().send(Json.text(last));
            }
            events().send("[DONE]");
            events().end();
        }

        private Object said(String text) {
            return chat ? Map.of("role", ChatMessage.ASSISTANT, "content", text) : text;
        }

        private static String reason(GeneratedText text) {
            return text.ended() ? "stop" : "length";
        }

        private String chunkName() {
            return chat ? "chat.completion.chunk" : "text_completion";
        }

        private Map<String, Object> chunk(int index, Object part, @Nullable String reason) {
            Map<String, Object> chunk = envelope(chunkName());
            chunk.put("choices", List.of(choice(index, chat ? "delta" : "text", part, reason)));
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

        private static Map<String, Object> choice(int index, String name, Object said, @Nullable String reason) {
            Map<String, Object> choice = new LinkedHashMap<>();
            choice.put("index", index);
            choice.put(name, said);
            choice.put("logprobs", null);
            choice.put("finish_reason", reason);
            return choice;
        }
    }
}
