package org.lsradapt.data.checks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Cell;
import org.lsradapt.data.RowLabels.Form;

/** The golden values are of cleanlab 2.9.0; see golden/label-issues/generate.py, which has the same formulas. */
class ConfidentLearningTest {
    private static final JsonNode GOLDEN = golden();

    private static JsonNode golden() {
        try {
            return new ObjectMapper()
                    .readTree(
                            ConfidentLearningTest.class.getResourceAsStream("/golden/label-issues/label-issues.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<JsonNode> one() {
        return StreamSupport.stream(GOLDEN.get("one").spliterator(), false);
    }

    static Stream<JsonNode> several() {
        return StreamSupport.stream(GOLDEN.get("several").spliterator(), false);
    }

    static Stream<JsonNode> words() {
        return StreamSupport.stream(GOLDEN.get("words").spliterator(), false);
    }

    private static double[][] logits(int rows, int classes, double scale) {
        double[][] logits = new double[rows][classes];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < classes; k++) {
                logits[i][k] = scale * Math.sin(1.7 * i + 2.3 * k + 0.01 * i * i);
            }
        }
        return logits;
    }

    private static double[][] probabilities(JsonNode one) {
        return Arrays.stream(logits(
                        one.get("rows").intValue(),
                        one.get("classes").intValue(),
                        one.get("scale").doubleValue()))
                .map(row -> {
                    double total = Arrays.stream(row).map(Math::exp).sum();
                    return Arrays.stream(row)
                            .map(logit -> Math.exp(logit) / total)
                            .toArray();
                })
                .toArray(double[][]::new);
    }

    private static int[] given(JsonNode one, double[][] probabilities) {
        int classes = one.get("classes").intValue();
        int every = one.get("every").intValue();
        int[] given = IntStream.range(0, probabilities.length)
                .map(i -> i % every == 0
                        ? 7 * i / every % classes
                        : IntStream.range(0, classes)
                                .boxed()
                                .max(Comparator.comparingDouble(k -> probabilities[i][k]))
                                .orElseThrow())
                .toArray();
        for (int i = 0; i < given.length; i++) {
            given[i] = given[i] >= classes - 2 ? i % (classes - 2) : given[i];
        }
        given[5] = classes - 2;
        return given;
    }

    private static int[] integers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(k -> "label " + k).toList();
    }

    @ParameterizedTest
    @MethodSource("one")
    void issues_ofOneLabel_areCleanlabs(JsonNode one) {
        double[][] probabilities = probabilities(one);
        int[] given = given(one, probabilities);
        ConfidentLearning learning = new ConfidentLearning(given, probabilities);
        int[][] joint = StreamSupport.stream(one.get("joint").spliterator(), false)
                .map(ConfidentLearningTest::integers)
                .toArray(int[][]::new);
        assertArrayEquals(joint, learning.confidentJoint());
        double[] margins = numbers(one.get("margins"));
        assertArrayEquals(margins, Arrays.copyOf(learning.normalizedMargin(), margins.length), 1e-14);
        List<Integer> rows = IntStream.of(given).boxed().toList();
        RowLabels<Integer> labels = new RowLabels<>(
                rows,
                Form.ONE,
                names(probabilities[0].length),
                row -> List.of(new Cell("text", Optional.empty(), List.of(row))),
                (row, cell, changed) -> changed.get(0));
        for (LabelIssues.Ranking ranking : LabelIssues.Ranking.values()) {
            assertArrayEquals(
                    integers(one.get(ranking.label().replace('-', '_'))),
                    LabelIssues.find(labels, probabilities, ranking).all().stream()
                            .mapToInt(issue -> issue.row() - 1)
                            .toArray(),
                    ranking.label());
        }
    }

    @ParameterizedTest
    @MethodSource("several")
    void issues_ofSeveralLabels_areCleanlabs(JsonNode several) {
        int labels = several.get("labels").intValue();
        int every = several.get("every").intValue();
        double[][] probabilities = Arrays.stream(logits(
                        several.get("rows").intValue(),
                        labels,
                        several.get("scale").doubleValue()))
                .map(row -> Arrays.stream(row)
                        .map(logit -> 1 / (1 + Math.exp(-logit)))
                        .toArray())
                .toArray(double[][]::new);
        boolean[][] given = new boolean[probabilities.length][labels];
        for (int i = 0; i < given.length; i++) {
            for (int k = 0; k < labels; k++) {
                given[i][k] = probabilities[i][k] > 0.5 ^ (i + 3 * k) % every == 0;
            }
        }
        SeveralLabels learning = new SeveralLabels(given, probabilities);
        boolean[][] wrong = new boolean[given.length][labels];
        several.get("each")
                .forEach(place -> wrong[place.get(0).intValue()][place.get(1).intValue()] = true);
        assertArrayEquals(wrong, learning.issues());
        double[] scores = numbers(several.get("scores"));
        assertArrayEquals(scores, Arrays.copyOf(learning.scores(), scores.length), 1e-14);
        RowLabels<boolean[]> rows = new RowLabels<>(
                List.of(given),
                Form.SEVERAL,
                names(labels),
                row -> List.of(new Cell(
                        "text",
                        Optional.empty(),
                        IntStream.range(0, labels).filter(k -> row[k]).boxed().toList())),
                (row, cell, changed) -> row);
        List<LabelIssue> issues = LabelIssues.find(rows, probabilities, LabelIssues.Ranking.SELF_CONFIDENCE)
                .all();
        assertArrayEquals(
                integers(several.get("issues")),
                issues.stream().mapToInt(issue -> issue.row() - 1).toArray());
        for (LabelIssue issue : issues) {
            List<String> suggested = new ArrayList<>();
            for (int k = 0; k < labels; k++) {
                if (given[issue.row() - 1][k] ^ wrong[issue.row() - 1][k]) {
                    suggested.add("label " + k);
                }
            }
            assertEquals(suggested, issue.suggested());
        }
    }

    @ParameterizedTest
    @MethodSource("words")
    void issues_ofWords_areCleanlabs(JsonNode words) {
        double[][] probabilities = probabilities(words);
        int[] given = given(words, probabilities);
        int length = words.get("length").intValue();
        List<List<Integer>> sentences = new ArrayList<>();
        for (int from = 0; from < given.length; from += length) {
            sentences.add(Arrays.stream(given, from, Math.min(given.length, from + length))
                    .boxed()
                    .toList());
        }
        RowLabels<List<Integer>> labels = new RowLabels<>(
                sentences,
                Form.WORDS,
                names(probabilities[0].length),
                row -> row.stream()
                        .map(label -> new Cell("word", Optional.empty(), List.of(label)))
                        .toList(),
                (row, cell, changed) -> row);
        int[][] places = StreamSupport.stream(words.get("issues").spliterator(), false)
                .map(ConfidentLearningTest::integers)
                .toArray(int[][]::new);
        assertArrayEquals(
                places,
                LabelIssues.find(labels, probabilities, LabelIssues.Ranking.SELF_CONFIDENCE).all().stream()
                        .map(issue -> new int[] {issue.row() - 1, issue.word().orElseThrow() - 1})
                        .toArray(int[][]::new));
    }

    @Test
    void issues_modelThatAgrees_areNone() {
        double[][] probabilities = {{0.9, 0.1}, {0.8, 0.2}, {0.3, 0.7}, {0.1, 0.9}};
        assertEquals(0, new ConfidentLearning(new int[] {0, 0, 1, 1}, probabilities).issues().length);
    }
}
