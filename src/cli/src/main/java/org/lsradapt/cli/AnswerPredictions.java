package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.AnswerExtractor;
import org.lsradapt.finetuning.FoundAnswer;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.tasks.AnsweredQuestion;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Offsets;

/** Prints answers to questions, one line of JSON each. */
record AnswerPredictions(Console console, AnswerExtractor extractor, Offsets offsets) {

    /** Prints the answers to questions about their passages; returns false if the output cannot be written any more. */
    boolean print(List<Example> pairs) {
        answer(pairs.stream()
                .map(pair -> AnsweredQuestion.unanswerable(pair.first(), pair.second()))
                .toList());
        return !console.out().checkError();
    }

    private List<Optional<FoundAnswer>> answer(List<AnsweredQuestion> questions) {
        List<Optional<FoundAnswer>> answers = extractor.answers(questions.stream()
                .map(one -> new AnswerExtractor.Question(one.question(), one.passage()))
                .toList());
        for (int i = 0; i < answers.size(); i++) {
            String passage = questions.get(i).passage();
            Map<String, Object> line = new LinkedHashMap<>();
            questions.get(i).id().ifPresent(id -> line.put("id", id));
            line.put("question", questions.get(i).question());
            line.put("answer", answers.get(i).map(FoundAnswer::text).orElse(null));
            answers.get(i).ifPresent(answer -> {
                line.put("start", offsets.ofIndex(passage, answer.start()));
                line.put("end", offsets.ofIndex(passage, answer.end()));
                line.put("score", answer.score());
            });
            console.out().println(PredictionFormat.write(line));
        }
        return answers;
    }

    /**
     * Prints the answers, and their metrics against the right ones on standard error.
     *
     * @param squad a file for the answers in the format that SQuAD's script reads: an object of texts by question id; null
     *     for none
     * @throws IOException if that file cannot be written
     */
    void compare(List<AnsweredQuestion> questions, Path squad) throws IOException {
        List<String> ids =
                questions.stream().flatMap(question -> question.id().stream()).toList();
        if (squad != null && Set.copyOf(ids).size() != questions.size()) {
            throw new BadInput("--squad " + squad + ": " + questions.size() + " questions have "
                    + Set.copyOf(ids).size() + " different ids, expected an id for each");
        }
        List<Optional<FoundAnswer>> answers = answer(questions);
        if (squad != null) {
            Map<String, String> texts = new LinkedHashMap<>();
            for (int i = 0; i < ids.size(); i++) {
                texts.put(ids.get(i), answers.get(i).map(FoundAnswer::text).orElse(""));
            }
            JsonFile.write(squad, JsonFile.node(texts));
        }
        console.out().flush();
        console.err()
                .println(PredictionFormat.metrics(extractor.evaluate(questions).metrics()));
        console.err().flush();
    }
}
