package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.Offsets;
import org.lsradapt.io.JsonFields;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.server.internal.models.Use;
import org.lsradapt.tasks.answers.AnswerExtractor.Question;
import org.lsradapt.tasks.answers.FoundAnswer;

/**
 * {@code POST /answer}: answers in passages, in the shape of transformers' pipeline. A request has {@code question} and
 * {@code context}, or several of them in {@code inputs}.
 */
final class AnswerDoor extends JsonDoor<AnswerDoor.Request> {
    private static final FieldTable ONE = FieldTable.reads("model", "question", "context");
    private static final FieldTable SEVERAL = FieldTable.reads("model", "inputs");
    private static final FieldTable INPUT = FieldTable.reads("question", "context");

    private final ServedModels models;

    record Request(String model, List<Question> questions, boolean one) {}

    AnswerDoor(ServedModels models, int mostTexts) {
        super(mostTexts);
        this.models = models;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        if (fields.isAbsent("inputs")) {
            ONE.check(fields);
            return new Request(fields.text("model"), List.of(question(fields)), true);
        }
        SEVERAL.check(fields);
        List<JsonFields> inputs = fields.objects("inputs");
        count("inputs", inputs.size());
        List<Question> questions = new ArrayList<>();
        for (JsonFields input : inputs) {
            INPUT.check(input);
            questions.add(question(input));
        }
        return new Request(fields.text("model"), questions, false);
    }

    private Question question(JsonFields fields) throws IOException {
        return new Question(checked(fields, "question"), checked(fields, "context"));
    }

    private String checked(JsonFields fields, String name) throws IOException {
        return checked(name, List.of(fields.text(name))).get(0);
    }

    @Override
    void answer(Request request, Exchange exchange) {
        List<Optional<FoundAnswer>> answers = exchange.caller()
                .call(() -> models.use(
                        Optional.of(request.model), Use.ANSWER, extractor -> extractor.answers(request.questions)));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            rows.add(row(request.questions.get(i), answers.get(i)));
        }
        exchange.reply(200, request.one ? rows.get(0) : rows);
    }

    private static Map<String, Object> row(Question question, Optional<FoundAnswer> answer) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("answer", answer.map(FoundAnswer::text).orElse(null));
        answer.ifPresent(found -> {
            row.put("score", found.score());
            row.put("start", Offsets.CODE_POINTS.ofIndex(question.passage(), found.start()));
            row.put("end", Offsets.CODE_POINTS.ofIndex(question.passage(), found.end()));
        });
        return row;
    }
}
