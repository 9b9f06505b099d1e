package org.lsradapt.tasks.queries;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;

/**
 * Queries by their vectors, with the stored passages that answer them.
 *
 * @param queries the queries' vectors, as the embedder makes them; kept
 * @param answers for each query the rows of the passages that answer it, one at least; copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record JudgedVectors(float[][] queries, List<List<Integer>> answers) {

    /** Checks that there are as many of both. */
    public JudgedVectors {
        answers = List.copyOf(answers);
        Require.argument(
                queries.length == answers.size(),
                "query adapter: %d queries and the passages of %d, expected as many",
                queries.length,
                answers.size());
    }

    @Override
    public String toString() {
        return queries.length + " queries with stored passages";
    }

    JudgedVectors and(JudgedVectors others) {
        return new JudgedVectors(
                Stream.of(queries, others.queries).flatMap(Arrays::stream).toArray(float[][]::new),
                Stream.of(answers, others.answers).flatMap(List::stream).toList());
    }
}
