package org.lsradapt.tasks.answers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.data.Example;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.tokens.TokenPredictor;

final class AnswerPredictor extends Predictor {
    private final AnswerExtractor model;
    private final Optional<Path> squad;

    AnswerPredictor(Request request, AnswerExtractor model) {
        super(request, new Kind("finds answers in passages", SpansTask.TYPE, Inputs.PAIRS));
        this.model = model;
        squad = given().path(SpansTask.SQUAD);
    }

    private record Found(AnsweredQuestion question, Optional<FoundAnswer> answer, Offsets offsets)
            implements Prediction {
        @Override
        public Map<String, Object> fields(boolean all) {
            Map<String, Object> fields = new LinkedHashMap<>();
            question.id().ifPresent(id -> fields.put("id", id));
            fields.put("question", question.question());
            fields.put("answer", answer.map(FoundAnswer::text).orElse(null));
            answer.ifPresent(found -> {
                fields.put("start", offsets.ofIndex(question.passage(), found.start()));
                fields.put("end", offsets.ofIndex(question.passage(), found.end()));
                fields.put("score", found.score());
            });
            return fields;
        }

        String text() {
            return answer.map(FoundAnswer::text).orElse("");
        }
    }

    @Override
    public void requireProbabilities() {
        throw TokenPredictor.noProbabilities();
    }

    @Override
    public List<Prediction> predict(List<Example> inputs) {
        Require.argument(
                squad.isEmpty(),
                "--squad %s: expected --data FILE with questions that have ids as well",
                squad.map(Path::toString).orElse(""));
        return List.copyOf(answers(inputs.stream()
                .map(pair -> AnsweredQuestion.unanswerable(pair.first(), pair.second()))
                .toList()));
    }

    private List<Found> answers(List<AnsweredQuestion> questions) {
        List<Optional<FoundAnswer>> answers = model.answers(questions.stream()
                .map(one -> new AnswerExtractor.Question(one.question(), one.passage()))
                .toList());
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            found.add(new Found(questions.get(i), answers.get(i), given().offsets()));
        }
        return found;
    }

    @Override
    public Comparison compare(Table file) throws IOException {
        List<AnsweredQuestion> questions = SpansTask.file(file, given()).readAll();
        List<String> ids =
                questions.stream().flatMap(question -> question.id().stream()).toList();
        Require.argument(
                squad.isEmpty() || Set.copyOf(ids).size() == questions.size(),
                "--squad %s: %d questions have %d different ids, expected an id for each",
                squad.map(Path::toString).orElse(""),
                questions.size(),
                Set.copyOf(ids).size());
        List<Found> answers = answers(questions);
        if (squad.isPresent()) {
            write(squad.get(), answers);
        }
        AnswerScores scores =
                AnswerScores.of(questions, answers.stream().map(Found::text).toList());
        return new Comparison(List.copyOf(answers), Optional.empty(), scores.metrics(), scores.resamples(), List.of());
    }

    /** Writes the object of texts by question that SQuAD's script reads. */
    private static void write(Path file, List<Found> answers) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        answers.forEach(one -> texts.put(one.question().id().orElseThrow(), one.text()));
        JsonFile.write(file, JsonFile.node(texts));
    }
}
