package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.lsradapt.data.Example;
import org.lsradapt.io.JsonFields;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.server.internal.models.Use;
import org.lsradapt.tasks.reranking.RankedPassage;

/** {@code POST /v1/rerank} of Cohere and Jina, and {@code POST /rerank} of text-embeddings-inference. */
final class RerankDoor extends JsonDoor<RerankDoor.Request> {
    private static final FieldTable FIELDS = FieldTable.reads(
                    "model", "query", "documents", "top_n", "return_documents", "raw_scores", "max_tokens_per_doc")
            .ignores("user", "metadata", "priority", "request_id")
            .takes("rank_fields", List.of("text")) // Cohere, as the next
            .takes("max_chunks_per_doc", 1);

    private static final FieldTable PLAIN = FieldTable.reads(
                    "model", "query", "texts", "raw_scores", "return_text", "truncate")
            .takes("truncation_direction", "Right", "right");

    private final ServedModels models;

    /**
     * A request.
     *
     * @param model the model; empty for the base model, in requests of text-embeddings-inference alone
     * @param raw whether scores are the model's outputs, not the logistic function of them
     * @param plain whether the answer is that of text-embeddings-inference
     * @param tokens where passages are cut; the model's own limit is the only one supported
     * @param cut whether long pairs are cut, not refused
     */
    record Request(
            Optional<String> model,
            String query,
            List<String> passages,
            int best,
            boolean withTexts,
            boolean raw,
            boolean plain,
            OptionalInt tokens,
            boolean cut) {}

    private record Ranked(List<RankedPassage> passages, int maxLength) {}

    RerankDoor(ServedModels models, int mostTexts) {
        super(mostTexts);
        this.models = models;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        String query = checked("query", List.of(fields.text("query"))).get(0);
        if (!fields.isAbsent("texts")) {
            PLAIN.check(fields);
            List<String> texts = texts(fields, "texts");
            return new Request(
                    fields.isAbsent("model") ? Optional.empty() : Optional.of(fields.text("model")),
                    query,
                    texts,
                    texts.size(),
                    fields.flag("return_text", false),
                    fields.flag("raw_scores", false),
                    true,
                    OptionalInt.empty(),
                    fields.flag("truncate", true));
        }
        FIELDS.check(fields);
        List<String> passages = checked("documents", documents(fields));
        return new Request(
                Optional.of(fields.text("model")),
                query,
                passages,
                fields.integer("top_n", passages.size()),
                fields.flag("return_documents", false),
                fields.flag("raw_scores", false),
                false,
                fields.isAbsent("max_tokens_per_doc")
                        ? OptionalInt.empty()
                        : OptionalInt.of(fields.integer("max_tokens_per_doc")),
                true);
    }

    private static List<String> documents(JsonFields fields) throws IOException {
        List<String> documents = new ArrayList<>();
        for (JsonNode document : fields.array("documents")) {
            JsonNode text = document.isObject() ? document.path("text") : document;
            if (!text.isTextual()) {
                throw fields.failure("documents", "expected texts, or objects with a text in \"text\"");
            }
            documents.add(text.textValue());
        }
        return documents;
    }

    @Override
    void answer(Request request, Exchange exchange) {
        if (request.best < 1) {
            throw ApiException.invalid("top_n", "top_n: found " + request.best + ", expected 1 or more");
        }
        Ranked ranked = exchange.caller()
                .call(() -> models.use(
                        request.model,
                        Use.RERANK,
                        reranker -> new Ranked(
                                reranker.rank(request.query, request.passages, request.best), reranker.maxLength())));
        if (request.tokens.orElse(ranked.maxLength) < ranked.maxLength) {
            throw ApiException.invalid(
                    "max_tokens_per_doc",
                    "unsupported_parameter",
                    "max_tokens_per_doc: found " + request.tokens.getAsInt() + ", but this model cuts a query and a"
                            + " passage together at " + ranked.maxLength + " tokens; expected that or more");
        }
        List<Example> pairs = request.passages.stream()
                .map(passage -> new Example(request.query, passage))
                .toList();
        if (!request.cut) {
            Usage.requireWhole(exchange, pairs, models, ranked.maxLength);
        }
        List<Map<String, Object>> results = new ArrayList<>();
        ranked.passages.forEach(passage -> results.add(result(request, passage)));
        exchange.reply(
                200,
                request.plain ? results : whole(request, results, Usage.of(exchange, pairs, models, ranked.maxLength)));
    }

    private Map<String, Object> result(Request request, RankedPassage passage) {
        Map<String, Object> result = new LinkedHashMap<>();
        double score = request.raw ? passage.score() : 1 / (1 + Math.exp(-passage.score()));
        result.put("index", passage.index());
        result.put(request.plain ? "score" : "relevance_score", score);
        if (request.withTexts) {
            result.put(
                    request.plain ? "text" : "document",
                    request.plain ? passage.text() : Map.of("text", passage.text()));
        }
        return result;
    }

    private Map<String, Object> whole(Request request, List<Map<String, Object>> results, Map<String, Object> usage) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", "rerank-" + UUID.randomUUID());
        answer.put("model", request.model.orElse(models.baseName()));
        answer.put("results", results);
        answer.put("usage", usage);
        answer.put("meta", Map.of("api_version", Map.of("version", "2"), "billed_units", Map.of("search_units", 1)));
        return answer;
    }
}
