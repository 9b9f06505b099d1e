package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.lsradapt.io.JsonFields;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.GenerationRequest;
import org.lsradapt.tasks.generation.SettingException;

/** The fields of OpenAI's requests for texts. */
final class GenerationFields {
    private static final FieldTable CHAT = table("messages")
            .ignores("prediction", "parallel_tool_calls", "tool_prompt")
            .takes("modalities", List.of(), List.of("text"))
            .takes("verbosity", "medium")
            .takes("reasoning_effort", "none", "")
            .takes("tool_choice", "none", "auto")
            .takes("function_call", "none", "auto")
            .takes("top_logprobs", 0)
            .takes("web_search_options")
            .takesOff("tools", "functions", "logprobs", "audio", "store");

    private static final FieldTable COMPLETIONS = table("prompt").takesOff("logprobs", "echo", "suffix");

    private static final FieldTable STREAM_OPTIONS =
            FieldTable.reads("include_usage").ignores("include_obfuscation").takes("continuous_usage_stats", false);

    private static final FieldTable MESSAGE = FieldTable.reads("role", "content")
            .ignores("name", "annotations")
            .takesOff("refusal", "audio", "tool_calls", "function_call", "tool_call_id", "reasoning_content");

    private static final int USUAL_TOKENS = 1024;

    private final JsonFields fields;
    private final boolean chat;

    GenerationFields(JsonFields fields, boolean chat) throws IOException {
        this.fields = fields;
        this.chat = chat;
        (chat ? CHAT : COMPLETIONS).check(fields);
        if (!fields.isAbsent("response_format")) {
            fields.object("response_format").requireValue("type", "text");
        }
    }

    private static FieldTable table(String... own) {
        return FieldTable.reads(own)
                .alsoReads("model", "stream", "stream_options", "max_tokens", "max_completion_tokens")
                .alsoReads("temperature", "top_p", "top_k", "repetition_penalty", "seed", "stop", "n")
                .alsoReads("response_format")
                .ignores("user", "metadata", "service_tier", "serviceTier", "safety_identifier")
                .ignores("prompt_cache_key", "prompt_cache_retention", "priority", "request_id")
                .takes("best_of", 1)
                .takes("frequency_penalty", 0)
                .takes("presence_penalty", 0)
                .takesOff("logit_bias");
    }

    /** The field that has what is continued. */
    static String text(boolean chat) {
        return chat ? "messages" : "prompt";
    }

    int choices() throws IOException {
        int choices = fields.integer("n", 1);
        if (choices < 1) {
            throw ApiException.invalid("n", code(choices), "n: found " + choices + ", expected at least 1");
        }
        return choices;
    }

    boolean streamsUsage() throws IOException {
        if (fields.isAbsent("stream_options")) {
            return false;
        }
        JsonFields options = fields.object("stream_options");
        STREAM_OPTIONS.check(options);
        return options.flag("include_usage", false);
    }

    /** Reads the messages of a chat, or a prompt as one. */
    List<ChatMessage> messages() throws IOException {
        try {
            return chat ? chatMessages() : List.of(ChatMessage.user(prompt()));
        } catch (IllegalArgumentException e) {
            throw fields.failure(text(chat), e.getMessage());
        }
    }

    private String prompt() throws IOException {
        if (fields.isArray("prompt")) {
            List<String> prompts = fields.texts("prompt");
            if (prompts.size() != 1) {
                throw fields.failure("prompt", "found " + prompts.size() + " prompts, expected one in a request");
            }
            return prompts.get(0);
        }
        return fields.text("prompt");
    }

    private List<ChatMessage> chatMessages() throws IOException {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            MESSAGE.check(message);
            String role = message.text("role");
            // OpenAI's newer name for it, which no chat template of an open model knows.
            messages.add(new ChatMessage(role.equals("developer") ? "system" : role, content(message)));
        }
        return messages;
    }

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

    Generation settings() throws IOException {
        long seed = fields.isAbsent("seed") ? ThreadLocalRandom.current().nextLong() : fields.longInteger("seed");
        String limit = fields.isAbsent("max_completion_tokens") ? "max_tokens" : "max_completion_tokens";
        try {
            return new GenerationRequest("request", new Generation(USUAL_TOKENS, new Sampling(1, 1, seed), List.of()))
                    .maxTokens(limit, fields.integer(limit, USUAL_TOKENS))
                    .temperature("temperature", fields.number("temperature", 1))
                    .topP("top_p", fields.number("top_p", 1))
                    .topK("top_k", Math.max(0, fields.integer("top_k", 0)))
                    .repetitionPenalty("repetition_penalty", repetitionPenalty())
                    .stops("stop", stops())
                    .settings();
        } catch (SettingException e) {
            throw ApiException.invalid(e.setting(), code(e.value().orElse("")), e.getMessage());
        }
    }

    private @Nullable Double repetitionPenalty() throws IOException {
        return fields.isAbsent("repetition_penalty") ? null : fields.number("repetition_penalty");
    }

    private @Nullable List<String> stops() throws IOException {
        if (fields.isAbsent("stop")) {
            return null;
        }
        return fields.isText("stop") ? List.of(fields.text("stop")) : fields.texts("stop");
    }

    /** Returns OpenAI's code for a value out of range: each range has numbers above 0, and none below. */
    private static String code(Object value) {
        if (!(value instanceof Number number)) {
            return "invalid_value";
        }
        String type = value instanceof Integer ? "integer" : "decimal";
        return type + (number.doubleValue() > 0 ? "_above_max_value" : "_below_min_value");
    }
}
