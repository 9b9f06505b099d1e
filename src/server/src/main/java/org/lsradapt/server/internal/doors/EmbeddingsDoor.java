package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.data.Example;
import org.lsradapt.io.JsonFields;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.server.internal.models.Use;
import org.lsradapt.tasks.embeddings.TextEncoder;

/** OpenAI's {@code POST /v1/embeddings}. */
final class EmbeddingsDoor extends JsonDoor<EmbeddingsDoor.Request> {
    private static final FieldTable FIELDS = FieldTable.reads(
                    "model", "input", "encoding_format", "dimensions", "input_type", "truncate")
            .ignores("user", "metadata", "priority", "request_id")
            .takes("modality", "text") // Infinity
            .takes("late_chunking", false) // Jina, as the next
            .takes("embedding_type", "float");

    private final ServedModels models;

    /**
     * A request.
     *
     * @param dimensions the length of the vectors; empty for the model's own
     * @param cut whether long texts are cut, not refused
     */
    record Request(
            String model, List<String> texts, boolean base64, boolean queries, OptionalInt dimensions, boolean cut) {}

    private record Embedded(List<float[]> vectors, int maxLength) {}

    EmbeddingsDoor(ServedModels models, int mostTexts) {
        super(mostTexts);
        this.models = models;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        FIELDS.check(fields);
        if (fields.isArray("input") && isTokens(fields.array("input").path(0))) {
            throw ApiException.invalid(
                    "input",
                    "input: expected texts, found token ids, which may be another tokenizer's; LangChain's"
                            + " OpenAIEmbeddings sends texts with check_embedding_ctx_length=False");
        }
        return new Request(
                fields.text("model"),
                texts(fields, "input"),
                choice(fields, "encoding_format", "float", "base64"),
                choice(fields, "input_type", "passage", "query"),
                // Infinity's clients send 0 for all.
                fields.integer("dimensions", 0) == 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(fields.integer("dimensions")),
                fields.flag("truncate", true));
    }

    private static boolean isTokens(JsonNode input) {
        return input.isNumber() || input.path(0).isNumber();
    }

    /** Whether a field has the second of two values; the first one is the default. */
    private static boolean choice(JsonFields fields, String name, String first, String second) throws IOException {
        String value = fields.text(name, first);
        if (!value.equals(first) && !value.equals(second)) {
            throw fields.failure(name, "found " + value + ", expected " + first + " or " + second);
        }
        return value.equals(second);
    }

    private Embedded embed(Request request) {
        try {
            return models.use(Optional.of(request.model), Use.EMBED, embedder -> {
                TextEncoder encoder =
                        request.dimensions.isPresent() ? embedder.truncated(request.dimensions.getAsInt()) : embedder;
                return new Embedded(
                        List.of(request.queries ? encoder.embedQueries(request.texts) : encoder.embed(request.texts)),
                        embedder.settings().maxLength());
            });
        } catch (IllegalArgumentException e) {
            // The texts were checked before.
            throw request.dimensions.isPresent()
                    ? ApiException.invalid("dimensions", models.withoutPaths(e.getMessage()))
                    : e;
        }
    }

    @Override
    void answer(Request request, Exchange exchange) {
        Embedded embedded = exchange.caller().call(() -> embed(request));
        List<Example> inputs =
                request.texts.stream().map(text -> new Example(text, null)).toList();
        if (!request.cut) {
            Usage.requireWhole(exchange, inputs, models, embedded.maxLength);
        }
        List<Map<String, Object>> data = new ArrayList<>();
        for (float[] vector : embedded.vectors) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("object", "embedding");
            one.put("index", data.size());
            one.put("embedding", request.base64 ? base64(vector) : vector);
            data.add(one);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("object", "list");
        answer.put("data", data);
        answer.put("model", request.model);
        answer.put("usage", Usage.of(exchange, inputs, models, embedded.maxLength));
        exchange.reply(200, answer);
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
