package org.lsradapt.retrieval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.data.rules.TextProblem;

/**
 * A query with passages and the relevance of each. All lists are copied.
 *
 * @param passages distinct texts, at least one, in the order of the first stage if there was one
 * @param grades the relevance of each passage: 0 for an irrelevant passage, larger for a more relevant one
 * @param scores the scores of each passage by a teacher, such as a larger reranker; empty without a teacher
 */
public record JudgedQuery(String query, List<String> passages, List<Double> grades, List<Double> scores) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or not valid Unicode, a passage occurs twice, the lists have different lengths,
     *     a grade is not a finite number of at least 0, or a score is not finite
     */
    public JudgedQuery {
        passages = List.copyOf(passages);
        grades = List.copyOf(grades);
        scores = List.copyOf(scores);
        TextProblem.refuse("judged query", "query", TextProblem.ofText(query));
        for (String passage : passages) {
            TextProblem.refuse("judged query", "passage", TextProblem.ofText(passage));
        }
        require(!passages.isEmpty(), "passages", "are empty, expected at least one");
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

    /** Creates a query with one passage that answers it, of grade 1, and others that do not, of grade 0. */
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

    /** Returns a copy with a teacher's scores in place of the current ones. */
    public JudgedQuery withScores(List<Double> ofTeacher) {
        return new JudgedQuery(query, passages, grades, ofTeacher);
    }
}
