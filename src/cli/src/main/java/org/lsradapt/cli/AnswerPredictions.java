package org.lsradapt.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.AnswerExtractor;
import org.lsradapt.finetuning.FoundAnswer;
import org.lsradapt.tasks.AnsweredQuestion;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Offsets;

/** Prints answers to questions, a line of JSON for each. */
record AnswerPredictions(Console console, AnswerExtractor extractor, Offsets offsets) {

    /** Prints the answers to questions with their passages; whether there is a use for more. */
    boolean print(List<Example> pairs) {
        answer(pairs.stream()
                .map(pair -> new AnswerExtractor.Question(pair.first(), pair.second()))
                .toList());
        return !console.out().checkError();
    }

    private void answer(List<AnswerExtractor.Question> questions) {
        List<Optional<FoundAnswer>> answers = extractor.answers(questions);
        for (int i = 0; i < answers.size(); i++) {
            String passage = questions.get(i).passage();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("question", questions.get(i).question());
            line.put("answer", answers.get(i).map(FoundAnswer::text).orElse(null));
            answers.get(i).ifPresent(answer -> {
                line.put("start", offsets.ofIndex(passage, answer.start()));
                line.put("end", offsets.ofIndex(passage, answer.end()));
                line.put("score", answer.score());
            });
            console.out().println(PredictionFormat.write(line));
        }
    }

    /** Prints the answers, and on standard error how well these are the right ones. */
    void compare(List<AnsweredQuestion> questions) {
        answer(questions.stream()
                .map(one -> new AnswerExtractor.Question(one.question(), one.passage()))
                .toList());
        console.out().flush();
        console.err()
                .println(PredictionFormat.metrics(extractor.evaluate(questions).metrics()));
        console.err().flush();
    }
}
