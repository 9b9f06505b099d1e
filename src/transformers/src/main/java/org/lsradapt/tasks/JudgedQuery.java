package org.lsradapt.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * A query with passages, and what is known of each passage. All lists are copied.
 *
 * @param query what is asked
 * @param passages different texts, at least one; where a first stage found them, in its order
 * @param grades how relevant each passage is: 0 if it is not, larger the more it is
 * @param scores what a teacher, such as a larger reranker, scores each passage with; empty for no teacher
 */
public record JudgedQuery(String query, List<String> passages, List<Double> grades, List<Double> scores) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or no valid Unicode, a passage is there twice, the lists have
     *     different lengths, a grade is not a number of at least 0, or a score not a finite number
     */
    public JudgedQuery {
        passages = List.copyOf(passages);
        grades = List.copyOf(grades);
        scores = List.copyOf(scores);
        TextProblem.refuse("judged query", "query", TextProblem.ofText(query));
        for (String passage : passages) {
            TextProblem.refuse("judged query", "passage", TextProblem.ofText(passage));
        }
        require(!passages.isEmpty(), "passages", "are none, expected at least one");
        require(
                passages.stream().distinct().count() == passages.size(),
                "passages",
                "are there twice, expected different ones");
        require(
                grades.size() == passages.size() && (scores.isEmpty() || scores.size() == passages.size()),
                "passages",
                "are " + passages.size() + " with " + grades.size() + " grades and " + scores.size()
                        + " scores, expected one for each");
        require(
                grades.stream().allMatch(grade -> grade >= 0 && Double.isFinite(grade)),
                "grades",
                "are " + grades + ", expected numbers of at least 0");
        require(scores.stream().allMatch(Double::isFinite), "scores", "are " + scores + ", expected finite numbers");
    }

    private static void require(boolean fits, String what, String problem) {
        TextProblem.refuse("judged query", what, fits ? Optional.empty() : Optional.of(problem));
    }

    /**
     * A query with one passage that answers it.
     *
     * @param query what is asked
     * @param positive the passage that answers it, of grade 1
     * @param negatives passages that do not, of grade 0
     */
    public static JudgedQuery of(String query, String positive, List<String> negatives) {
        List<String> passages = new ArrayList<>(List.of(positive));
        passages.addAll(negatives);
        return new JudgedQuery(
                query,
                passages,
                IntStream.range(0, passages.size())
                        .mapToObj(i -> i == 0 ? 1.0 : 0.0)
                        .toList(),
                List.of());
    }

    /** The same with a teacher's scores in place of those it has. */
    public JudgedQuery withScores(List<Double> ofTeacher) {
        return new JudgedQuery(query, passages, grades, ofTeacher);
    }
}
