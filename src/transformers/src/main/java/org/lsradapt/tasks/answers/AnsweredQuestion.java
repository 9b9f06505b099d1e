package org.lsradapt.tasks.answers;

import java.util.List;
import java.util.Optional;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * A question about a passage, with the answers that occur in it. Immutable.
 *
 * @param answers equally good answers, of which training learns the first; empty if the passage has no answer
 * @param id the question's id in its file, if it has one
 */
public record AnsweredQuestion(String question, String passage, List<Answer> answers, Optional<String> id) {

    /**
     * Copies the list and checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or not valid Unicode, or the passage does not have an answer at its position
     */
    public AnsweredQuestion {
        answers = List.copyOf(answers);
        TextProblem.refuse("answered question", "question", TextProblem.ofText(question));
        TextProblem.refuse("answered question", "passage", TextProblem.ofText(passage));
        for (Answer answer : answers) {
            TextProblem.refuse("answered question", "answer", TextProblem.ofText(answer.text()));
            if (answer.start() < 0 || !passage.startsWith(answer.text(), answer.start())) {
                throw new IllegalArgumentException(
                        "answered question: the answer " + Quoted.value(answer.text()) + " does not stand at "
                                + answer.start() + " of the passage, in UTF-16 units, expected its place");
            }
        }
    }

    /** Creates a question without an id. */
    public AnsweredQuestion(String question, String passage, List<Answer> answers) {
        this(question, passage, answers, Optional.empty());
    }

    /** Creates a question that the passage does not answer. */
    public static AnsweredQuestion unanswerable(String question, String passage) {
        return new AnsweredQuestion(question, passage, List.of());
    }

    /** Creates a question with one answer, at its first occurrence in the passage. */
    public static AnsweredQuestion of(String question, String passage, String answer) {
        return new AnsweredQuestion(question, passage, List.of(new Answer(answer, passage.indexOf(answer))));
    }

    /** Whether the passage has an answer. */
    public boolean isAnswerable() {
        return !answers.isEmpty();
    }

    List<String> texts() {
        return answers.stream().map(Answer::text).toList();
    }
}
