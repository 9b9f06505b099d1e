package org.lsradapt.finetuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.JudgedQuery;
import org.lsradapt.tasks.TaskDescription;

final class Teachers {

    private Teachers() {}

    /**
     * A classifier's outputs, in the order of the given labels.
     *
     * @param labels the classes of the model that learns
     * @throws IllegalArgumentException if the teacher has other classes, or reads other inputs
     */
    static double[][] outputs(ScoringModel teacher, List<String> labels, List<Example> examples) {
        List<String> known = teacher.task().labels();
        Require.argument(
                teacher.task().averages(),
                "teacher: task %s gives a text any number of labels, expected a classifier of one",
                teacher.task().name());
        Require.argument(
                known.size() == labels.size() && new TreeSet<>(known).equals(new TreeSet<>(labels)),
                "teacher: found task %s with the classes %s, expected %s",
                teacher.task().name(),
                known,
                labels);
        int[] columns = labels.stream().mapToInt(known::indexOf).toArray();
        return Arrays.stream(teacher.outputs(examples))
                .map(row -> IntStream.of(columns).mapToDouble(c -> row[c]).toArray())
                .toArray(double[][]::new);
    }

    /**
     * The means of several encoders' unit vectors.
     *
     * @param teachers at least one
     * @return the means of the queries, then those of the passages
     * @throws IllegalArgumentException if their vectors differ in length
     */
    static float[][] embeddings(List<? extends TextEncoder> teachers, List<String> queries, List<String> passages) {
        float[][] means = new float[queries.size() + passages.size()][];
        for (TextEncoder teacher : teachers) {
            List<float[]> vectors = new ArrayList<>(List.of(teacher.embedQueries(queries)));
            vectors.addAll(List.of(teacher.embed(passages)));
            for (int i = 0; i < means.length; i++) {
                float[] vector = vectors.get(i);
                means[i] = means[i] == null ? new float[vector.length] : means[i];
                Require.argument(
                        means[i].length == vector.length,
                        "teacher: embeddings of %d and of %d numbers, expected equal lengths",
                        means[i].length,
                        vector.length);
                double norm = 0;
                for (float number : vector) {
                    norm += (double) number * number;
                }
                for (int c = 0; c < vector.length; c++) {
                    means[i][c] += (float) (vector[c] / Math.sqrt(norm) / teachers.size());
                }
            }
        }
        return means;
    }

    /**
     * Queries with a reranker's scores.
     *
     * @throws IllegalArgumentException if the teacher is not a reranker
     */
    static List<JudgedQuery> scored(ScoringModel teacher, List<JudgedQuery> queries) {
        Require.argument(
                teacher.task() instanceof TaskDescription.Reranking,
                "teacher: found a model of task %s, expected a reranker",
                teacher.task().name());
        List<Example> pairs = queries.stream()
                .flatMap(query -> query.passages().stream().map(passage -> new Example(query.query(), passage)))
                .toList();
        double[][] scores = teacher.outputs(pairs);
        List<JudgedQuery> scored = new ArrayList<>();
        int next = 0;
        for (JudgedQuery query : queries) {
            List<Double> own = new ArrayList<>();
            for (int i = 0; i < query.passages().size(); i++) {
                own.add(scores[next][0]);
                next++;
            }
            scored.add(query.withScores(own));
        }
        return scored;
    }
}
