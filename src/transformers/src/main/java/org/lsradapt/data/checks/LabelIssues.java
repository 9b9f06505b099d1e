package org.lsradapt.data.checks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Cell;
import org.lsradapt.data.RowLabels.Form;
import org.lsradapt.data.files.CsvText;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.lsr.internal.Require;

/**
 * The labels of data that are probably wrong, the most suspicious first, by confident learning (Northcutt, Jiang and Chuang, arXiv
 * 1911.00068) on probabilities of a model that was not trained on the rows. The list, and its order, are those of cleanlab 2.9 with its
 * defaults, of {@code filter}, {@code multilabel_classification} or {@code token_classification}. Immutable.
 *
 * <p>{@link #write} writes a table to edit, which {@link Corrections} reads.
 */
public final class LabelIssues {
    private final RowLabels<?> labels;
    private final List<LabelIssue> all;
    private final int checked;
    private final double agreement;

    private LabelIssues(RowLabels<?> labels, List<LabelIssue> all, int checked, double agreement) {
        this.labels = labels;
        this.all = List.copyOf(all);
        this.checked = checked;
        this.agreement = agreement;
    }

    /** The score by which issues are ranked. */
    public enum Ranking {
        /** The probability of the given label. */
        SELF_CONFIDENCE,
        /** The difference of the probabilities of the given label and of the most probable other one, from 0 to 1. */
        NORMALIZED_MARGIN;

        /** Returns the name in options, such as {@code self-confidence}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Finds the labels that are probably wrong.
     *
     * @param probabilities for each cell of all rows, in their order, the probability of each label
     * @param ranking the order of the issues; several labels have one order only
     * @throws IllegalArgumentException if rows have numbers, or the probabilities do not fit
     */
    public static LabelIssues find(RowLabels<?> labels, double[][] probabilities, Ranking ranking) {
        Require.argument(labels.form() != Form.NUMBERS, "label issues: found numbers, expected labels");
        List<Place> places = Place.of(labels);
        Require.argument(
                places.size() == probabilities.length
                        && Arrays.stream(probabilities)
                                .allMatch(row -> row.length == labels.labels().size()),
                "label issues: %d rows of probabilities, expected %d, each of %d labels",
                probabilities.length,
                places.size(),
                labels.labels().size());
        return labels.form() == Form.SEVERAL
                ? several(labels, places, probabilities)
                : one(labels, places, probabilities, ranking);
    }

    /** A cell and its place, from 0. */
    private record Place(int row, int index, Cell cell) {
        static List<Place> of(RowLabels<?> labels) {
            List<Place> places = new ArrayList<>();
            List<List<Cell>> rows = labels.all();
            for (int row = 0; row < rows.size(); row++) {
                for (int cell = 0; cell < rows.get(row).size(); cell++) {
                    places.add(new Place(row, cell, rows.get(row).get(cell)));
                }
            }
            return places;
        }

        LabelIssue issue(RowLabels<?> labels, List<Integer> suggested, double given, double other, double score) {
            return new LabelIssue(
                    row + 1,
                    labels.form() == Form.WORDS ? OptionalInt.of(index + 1) : OptionalInt.empty(),
                    cell.text(),
                    cell.secondText(),
                    names(labels, cell.labels()),
                    names(labels, suggested),
                    given,
                    other,
                    score);
        }

        private static List<String> names(RowLabels<?> labels, List<Integer> indices) {
            return indices.stream().map(labels.labels()::get).toList();
        }
    }

    private static LabelIssues one(RowLabels<?> labels, List<Place> places, double[][] probabilities, Ranking ranking) {
        int[] given =
                places.stream().mapToInt(place -> place.cell.labels().get(0)).toArray();
        ConfidentLearning learning = new ConfidentLearning(given, probabilities);
        double[] scores = ranking == Ranking.SELF_CONFIDENCE ? learning.selfConfidence() : learning.normalizedMargin();
        List<LabelIssue> issues = Arrays.stream(learning.issues())
                .boxed()
                .sorted(Comparator.comparingDouble(cell -> scores[cell]))
                .map(cell -> {
                    int other = learning.other(cell);
                    return places.get(cell)
                            .issue(
                                    labels,
                                    List.of(other),
                                    probabilities[cell][given[cell]],
                                    probabilities[cell][other],
                                    scores[cell]);
                })
                .toList();
        long agreeing = IntStream.range(0, given.length)
                .filter(cell -> probabilities[cell][given[cell]] >= probabilities[cell][learning.other(cell)])
                .count();
        return new LabelIssues(labels, issues, given.length, (double) agreeing / given.length);
    }

    private static LabelIssues several(RowLabels<?> labels, List<Place> places, double[][] probabilities) {
        boolean[][] given = places.stream()
                .map(place -> has(place.cell.labels(), labels.labels().size()))
                .toArray(boolean[][]::new);
        SeveralLabels learning = new SeveralLabels(given, probabilities);
        boolean[][] wrong = learning.issues();
        double[] scores = learning.scores();
        List<LabelIssue> issues = IntStream.range(0, wrong.length)
                .filter(row -> IntStream.range(0, wrong[row].length).anyMatch(label -> wrong[row][label]))
                .boxed()
                .sorted(Comparator.comparingDouble(row -> scores[row]))
                .map(row -> {
                    int[] flipped = IntStream.range(0, wrong[row].length)
                            .filter(label -> wrong[row][label])
                            .toArray();
                    List<Integer> suggested = IntStream.range(0, wrong[row].length)
                            .filter(label -> given[row][label] != wrong[row][label])
                            .boxed()
                            .toList();
                    double least = Arrays.stream(flipped)
                            .mapToDouble(label -> 1 - learning.confidence(row, label))
                            .min()
                            .orElseThrow();
                    return places.get(row).issue(labels, suggested, scores[row], least, scores[row]);
                })
                .toList();
        return new LabelIssues(labels, issues, given.length, learning.agreement());
    }

    private static boolean[] has(List<Integer> indices, int labels) {
        boolean[] has = new boolean[labels];
        indices.forEach(index -> has[index] = true);
        return has;
    }

    /** Returns the number of rows, or of words, whose labels were checked. */
    public int checked() {
        return checked;
    }

    /**
     * Returns the share of labels that the model gives as well: those that are the most probable ones, or for several labels those that
     * are present, and those that are absent, with a probability of one half or more.
     */
    public double agreement() {
        return agreement;
    }

    /** Returns the issues, the most suspicious first; unmodifiable. */
    public List<LabelIssue> all() {
        return all;
    }

    /** Writes the issues as a CSV table. Its last column, {@code label}, has the given labels, to be edited. */
    public void write(Path file) throws IOException {
        List<List<String>> rows = all.stream().map(this::cells).toList();
        AtomicFile.write(file, CsvText.of(columns(), rows).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the columns of the table. */
    public List<String> columns() {
        return Stream.of(
                        Stream.of(Corrections.ROW),
                        Stream.of(Corrections.WORD).filter(column -> labels.form() == Form.WORDS),
                        Stream.of(Corrections.TEXT),
                        Stream.of(Corrections.SECOND_TEXT).filter(column -> hasPairs()),
                        Stream.of(Corrections.GIVEN, "suggested", "given_probability", "suggested_probability"),
                        Stream.of("context").filter(column -> labels.form() == Form.WORDS),
                        Stream.of(Corrections.LABEL))
                .flatMap(columns -> columns)
                .toList();
    }

    private boolean hasPairs() {
        return all.stream().anyMatch(issue -> issue.secondText().isPresent());
    }

    /** Returns the cells of an issue in the order of {@link #columns}. */
    public List<String> cells(LabelIssue issue) {
        String given = Corrections.joined(issue.given(), labels);
        List<String> cells = new ArrayList<>(List.of(String.valueOf(issue.row())));
        issue.word().ifPresent(word -> cells.add(String.valueOf(word)));
        cells.add(issue.text());
        issue.secondText().ifPresent(cells::add);
        cells.add(given);
        cells.add(Corrections.joined(issue.suggested(), labels));
        cells.add(shown(issue.givenProbability()));
        cells.add(shown(issue.suggestedProbability()));
        issue.word().ifPresent(word -> cells.add(context(issue.row() - 1, word - 1)));
        cells.add(given);
        return cells;
    }

    private static String shown(double probability) {
        return String.format(Locale.ROOT, "%.4f", probability);
    }

    private String context(int row, int word) {
        List<Cell> words = cells(labels, row);
        return String.join(
                " ",
                words.subList(Math.max(0, word - 5), Math.min(words.size(), word + 6)).stream()
                        .map(Cell::text)
                        .toList());
    }

    private static <T> List<Cell> cells(RowLabels<T> labels, int row) {
        return labels.cells().apply(labels.rows().get(row));
    }
}
