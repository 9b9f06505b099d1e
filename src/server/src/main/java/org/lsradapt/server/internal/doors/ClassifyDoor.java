package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.io.JsonFields;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.server.internal.models.Use;

/**
 * {@code POST /classify} of vLLM, with texts in {@code input}, and {@code POST /predict} of text-embeddings-inference, with texts in
 * {@code inputs}, and with {@code parameters} of Hugging Face's client: classes, several labels, numbers, and words with labels.
 */
final class ClassifyDoor extends JsonDoor<ClassifyDoor.Request> {
    private static final FieldTable FIELDS = FieldTable.reads("model", "input")
            .ignores("user", "metadata", "priority", "request_id")
            .takes("raw_scores", false) // Infinity, whose clients always send it
            .takes("activation", true) // vLLM, as the next
            .takes("use_activation", true);

    private static final FieldTable PLAIN = FieldTable.reads("model", "inputs", "truncate", "parameters")
            .takes("raw_scores", false)
            .takes("truncation_direction", "Right", "right");

    private static final FieldTable PARAMETERS = FieldTable.reads("top_k").takes("function_to_apply");

    private final ServedModels models;

    /**
     * A request.
     *
     * @param model the model; empty for the base model, in requests of text-embeddings-inference alone
     * @param best the most labels in a row of a plain answer
     * @param cut whether long inputs are cut, not refused
     */
    record Request(Optional<String> model, List<Example> inputs, Form form, int best, boolean cut) {}

    /** The shape of an answer. */
    enum Form {
        /** The shape of vLLM. */
        WHOLE,
        /** The shape of Infinity. */
        SCORES,
        /** The shape of text-embeddings-inference for one input. */
        ONE,
        /** The shape of text-embeddings-inference for a list of inputs. */
        LIST,
        /** The shape of Hugging Face's pipelines: a list, for one input as well. */
        PIPELINE
    }

    private record Answers(List<Map<String, Object>> fields, List<String> labels, int maxLength, boolean cuts) {}

    ClassifyDoor(ServedModels models, int mostTexts) {
        super(mostTexts);
        this.models = models;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        if (!fields.isAbsent("inputs")) {
            PLAIN.check(fields);
            Optional<String> model = fields.isAbsent("model") ? Optional.empty() : Optional.of(fields.text("model"));
            boolean one =
                    fields.isText("inputs") || fields.array("inputs").path(0).isTextual();
            Form form = fields.isAbsent("parameters") ? (one ? Form.ONE : Form.LIST) : Form.PIPELINE;
            return new Request(model, plainInputs(fields, one), form, best(fields), fields.flag("truncate", true));
        }
        FIELDS.check(fields);
        Form form = fields.isAbsent("raw_scores") ? Form.WHOLE : Form.SCORES;
        List<Example> inputs =
                fields.isText("input") ? List.of(new Example(fields.text("input"), null)) : inputs(fields);
        return new Request(Optional.of(fields.text("model")), counted("input", inputs), form, Integer.MAX_VALUE, true);
    }

    private static int best(JsonFields fields) throws IOException {
        if (fields.isAbsent("parameters")) {
            return Integer.MAX_VALUE;
        }
        JsonFields parameters = fields.object("parameters");
        PARAMETERS.check(parameters);
        int best = parameters.integer("top_k", Integer.MAX_VALUE);
        if (best < 1) {
            throw parameters.failure("top_k", "found " + best + ", expected 1 or more");
        }
        return best;
    }

    private List<Example> plainInputs(JsonFields fields, boolean one) throws IOException {
        List<Example> inputs = new ArrayList<>();
        if (fields.isText("inputs")) {
            inputs.add(new Example(fields.text("inputs"), null));
        } else if (one) {
            inputs.add(pair(fields, fields.array("inputs")));
        } else {
            for (JsonNode item : fields.array("inputs")) {
                inputs.add(pair(fields, item));
            }
        }
        return counted("inputs", inputs);
    }

    private static Example pair(JsonFields fields, JsonNode texts) throws IOException {
        boolean valid = texts.isArray()
                && (texts.size() == 1 || texts.size() == 2)
                && texts.path(0).isTextual()
                && texts.path(texts.size() - 1).isTextual();
        if (!valid) {
            throw fields.failure("inputs", "expected a text, [text], [text, text], or a list of the last two");
        }
        return new Example(
                texts.get(0).textValue(), texts.size() == 2 ? texts.get(1).textValue() : null);
    }

    private static List<Example> inputs(JsonFields fields) throws IOException {
        List<Example> inputs = new ArrayList<>();
        for (JsonNode item : fields.array("input")) {
            JsonNode first = item.isObject() ? item.path("text") : item;
            JsonNode second = item.path("text_pair");
            if (!first.isTextual() || !(second.isTextual() || second.isMissingNode())) {
                throw fields.failure(
                        "input", "expected a text, or a list of texts or of objects with \"text\" and \"text_pair\"");
            }
            inputs.add(new Example(first.textValue(), second.isMissingNode() ? null : second.textValue()));
        }
        return inputs;
    }

    private List<Example> counted(String name, List<Example> inputs) {
        count(name, inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            Optional<String> problem = inputs.get(i).problem();
            if (problem.isPresent()) {
                throw ApiException.invalid(name, name + " " + (i + 1) + " of " + inputs.size() + ": " + problem.get());
            }
        }
        return inputs;
    }

    @Override
    void answer(Request request, Exchange exchange) {
        Answers answers =
                exchange.caller().call(() -> models.use(request.model, Use.CLASSIFY, model -> answers(request, model)));
        if (!request.cut && answers.cuts) {
            Usage.requireWhole(exchange, request.inputs, models, answers.maxLength);
        }
        List<List<?>> rows = new ArrayList<>();
        answers.fields.forEach(fields -> rows.add(plain(fields, request.best)));
        if (request.form != Form.WHOLE && request.form != Form.SCORES) {
            exchange.reply(200, request.form == Form.ONE ? rows.get(0) : rows);
            return;
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", "classify-" + UUID.randomUUID());
        answer.put("object", request.form == Form.WHOLE ? "list" : "classify");
        answer.put("created", System.currentTimeMillis() / 1000);
        answer.put("model", request.model.orElseThrow());
        List<Map<String, Object>> data = new ArrayList<>();
        answers.fields.forEach(fields -> data.add(row(data.size(), fields, answers.labels)));
        answer.put("data", request.form == Form.WHOLE ? data : rows);
        answer.put(
                "usage",
                answers.cuts ? Usage.of(exchange, request.inputs, models, answers.maxLength) : Usage.of(exchange));
        exchange.reply(200, answer);
    }

    private static Answers answers(Request request, HeadedModel model) {
        String name = request.model.orElse("the base model");
        if (model.task().leastProbability().isPresent()) {
            // The shapes of vLLM and text-embeddings-inference have no empty label; the scores are there.
            model.answersAll();
        }
        TaskOptions none = new TaskOptions(model.task().name(), Map.of());
        try (Predictor predictor = model.predictor(new Predictor.Request(name, none))) {
            List<Map<String, Object>> fields = predictor.predict(request.inputs).stream()
                    .map(prediction -> withoutTexts(prediction.fields(true)))
                    .toList();
            return new Answers(
                    fields,
                    model.task().labels(),
                    model.maxLength(),
                    !model.task().readsEachToken());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> withoutTexts(Map<String, Object> fields) {
        Map<String, Object> answer = new LinkedHashMap<>(fields);
        answer.remove("text");
        answer.remove("second_text");
        return answer;
    }

    /** Returns the row of an answer in vLLM's shape; an answer that is not a class keeps its own fields. */
    private static Map<String, Object> row(int index, Map<String, Object> fields, List<String> labels) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("index", index);
        row.putAll(fields);
        if (fields.get("probabilities") instanceof Map<?, ?> probabilities) {
            row.put("probs", labels.stream().map(probabilities::get).toList());
            row.put("num_classes", labels.size());
        }
        return row;
    }

    /** Returns an answer in the shape of text-embeddings-inference: at most {@code best} labels with scores, the best first. */
    private static List<?> plain(Map<String, Object> fields, int best) {
        List<Map<String, Object>> scores = new ArrayList<>();
        if (fields.get("probabilities") instanceof Map<?, ?> probabilities) {
            probabilities.forEach((label, score) -> scores.add(score(label, score)));
        } else if (fields.containsKey("value")) {
            scores.add(score("value", fields.get("value")));
        } else if (fields.get("spans") instanceof List<?> spans) {
            return spans;
        }
        return scores.subList(0, Math.min(best, scores.size()));
    }

    private static Map<String, Object> score(Object label, Object score) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("label", label);
        one.put("score", score);
        return one;
    }
}
