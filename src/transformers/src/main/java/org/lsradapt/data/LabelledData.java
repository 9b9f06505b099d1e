package org.lsradapt.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.data.rules.LabelParser;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.lsr.internal.Require;

/**
 * A classification or a regression on a user's own data, from files or lists.
 *
 * <pre>{@code
 * LabelledData films = LabelledData.classification(Path.of("train.csv")).text("review").label("opinion").read();
 * LabelledData pairs = LabelledData.regression(Path.of("train.tsv")).dev(Path.of("dev.tsv"))
 *         .text("sentence1", "sentence2").label("score").read();
 * LabelledData lines = LabelledData.classification(List.of(LabelledText.of("a great film", "good"), ...)).read();
 * }</pre>
 *
 * <p>The classes are the labels of the training data, in numeric order if all are decimal numbers and otherwise in alphabetical order.
 * Without evaluation data, a random, stratified tenth of the training data is held out. A classification is stratified by class: each
 * class keeps its proportion and at least one training row. A regression is stratified over the range of its values. Rows with equal
 * texts stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class LabelledData extends Dataset<Example, List<Example>, LabelledData> {
    /** The names of published tasks are reserved, since a saved adapter finds its task by name. */
    private static final Set<String> PUBLISHED = Set.of(
            "wordnet wordnet-10k cola sst2 sst-2 mrpc stsb sts-b qqp mnli mnli-mm qnli rte wnli boolq cb copa wic wsc"
                    .split(" "));

    private static final Kind CLASSIFICATION = new Kind("classification", true);
    private static final Kind REGRESSION = new Kind("regression", false);

    private final Task task;

    private LabelledData(Task task, Split<Example, List<Example>> split) {
        super(new LabelDivision(task.labels()), split);
        this.task = task;
    }

    @Override
    protected LabelledData with(Split<Example, List<Example>> parts) {
        return new LabelledData(task, parts);
    }

    @Override
    public Optional<RowLabels<Example>> rowLabels() {
        return RowLabels.of(rows(), task);
    }

    @Override
    public Optional<RowLabels<Example>> evaluationLabels() {
        return heldOut().isPresent() ? Optional.empty() : RowLabels.of(evaluation(), task);
    }

    /** Combines a task of classes or of numbers with its labelled training and evaluation examples, both copied and unchanged. */
    public static LabelledData of(Task task, List<Example> train, List<Example> evaluation) {
        return new LabelledData(
                task, new Split<>(List.copyOf(train), List.copyOf(evaluation), Optional.empty(), List.of()));
    }

    /** Whether a name belongs to a task with official files. Such a name is not allowed for a user's own data. */
    public static boolean isPublished(String task) {
        return PUBLISHED.contains(task);
    }

    /** Reads a classification from the rows of a file. */
    public static FromFiles classification(Path train) {
        return new FromFiles(CLASSIFICATION, Table.of(train));
    }

    /** Reads a classification from the rows of a table, such as the result of a query. */
    public static FromFiles classification(Table train) {
        return new FromFiles(CLASSIFICATION, train);
    }

    /** Takes a classification of texts in memory; the list is copied. */
    public static FromLists classification(List<LabelledText> train) {
        return new FromLists(CLASSIFICATION, train);
    }

    /** Reads a regression from the rows of a file. */
    public static FromFiles regression(Path train) {
        return new FromFiles(REGRESSION, Table.of(train));
    }

    /** Reads a regression from the rows of a table, such as the result of a query. */
    public static FromFiles regression(Table train) {
        return new FromFiles(REGRESSION, train);
    }

    /** Takes a regression on texts in memory; the list is copied. */
    public static FromLists regression(List<LabelledText> train) {
        return new FromLists(REGRESSION, train);
    }

    /**
     * The labels and metrics; {@link Task#load} returns the data as it was built. A classification is measured by macro F1, which weights
     * rare and frequent classes equally, by accuracy and, with two classes, by Matthews' correlation; a regression by Pearson's and
     * Spearman's correlations and the mean absolute error ("mae"). The metrics choose the best epoch in this order.
     */
    public Task task() {
        return task;
    }

    /**
     * The accuracy of always predicting the most frequent class of {@code examples}, counted over rows (0.5 if each question has one
     * right and one wrong alternative).
     *
     * @param examples labelled rows of a classification task, at least one
     * @throws IllegalArgumentException if there are no rows, or one has no label
     */
    public static double majorityBaseline(List<Example> examples) {
        Label majority = new Label.Category(majorityClass(examples));
        return (double) examples.stream()
                        .filter(example -> example.label().equals(majority))
                        .count()
                / examples.size();
    }

    /**
     * The most frequent class of {@code examples}, counted over rows; the first of several equally frequent ones.
     *
     * @param examples labelled rows of a classification task, at least one
     * @throws IllegalArgumentException if there are no rows, or one has no label
     */
    public static int majorityClass(List<Example> examples) {
        Require.argument(!examples.isEmpty(), "majorityBaseline: there are no examples, expected at least one");
        int[] counts =
                new int[examples.stream().mapToInt(Example::category).max().orElseThrow() + 1];
        examples.forEach(example -> counts[example.category()]++);
        return IntStream.range(0, counts.length)
                .boxed()
                .max(Comparator.comparingInt(index -> counts[index]))
                .orElseThrow();
    }

    /**
     * A kind of labelled data.
     *
     * @param name the default name of its tasks
     * @param hasClasses whether labels are classes, not numbers
     * @param metrics the metrics for a number of classes, the primary one first
     * @param order checks the classes that occur in the training data, which the second argument names, if they were
     *     not given
     */
    public record Kind(
            String name,
            boolean hasClasses,
            IntFunction<List<Metric>> metrics,
            BiConsumer<List<String>, String> order) {

        private Kind(String name, boolean hasClasses) {
            this(name, hasClasses, OwnTask::metrics, (labels, source) -> {});
        }
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        private final Kind kind;
        private String name;
        private Optional<LabelSet> classes = Optional.empty();

        Settings(Kind kind, S train, UnaryOperator<S> kept) {
            super(train, kept);
            this.kind = kind;
            this.name = kind.name();
        }

        /**
         * Sets the classes in index order, some of which may have no training text; by default the labels of the
         * training texts.
         *
         * @param labels at least two distinct labels; copied
         * @throws IllegalArgumentException if there are fewer distinct labels, or this is a regression
         */
        public B classes(List<String> labels) {
            if (isRegression() || labels.stream().distinct().count() < Math.max(2, labels.size())) {
                throw new IllegalArgumentException("classes of a " + kind.name() + ": found " + labels
                        + ", expected at least two different labels of a classification");
            }
            classes = Optional.of(new LabelSet(labels, labels));
            return self();
        }

        /**
         * Sets the task's name; by default that of its kind, such as "classification".
         *
         * @param newName letters a to z, digits, dots, hyphens and underscores, starting with a letter or digit
         * @throws IllegalArgumentException if the name has another form or belongs to a published task
         */
        public B name(String newName) {
            if (!newName.matches("[a-z0-9][a-z0-9._-]*")) {
                throw new IllegalArgumentException("name " + Quoted.value(newName)
                        + ": expected small letters a to z, digits, and then perhaps dots, hyphens and underscores");
            }
            if (PUBLISHED.contains(newName)) {
                throw new IllegalArgumentException(
                        "name \"" + newName + "\" is that of a task with official files," + " expected another one");
            }
            name = newName;
            return self();
        }

        final boolean isRegression() {
            return !kind.hasClasses();
        }

        /** Returns the classes that were set. */
        final Optional<LabelSet> given() {
            return classes;
        }

        final Optional<LabelSet> classes(Rows<LabelledText> train, String source) {
            if (isRegression() || classes.isPresent()) {
                return classes;
            }
            LabelSet found = LabelSet.occurring(
                    train.all().stream().map(LabelledText::label).toList());
            kind.order().accept(found.names(), source);
            return Optional.of(found.of(source));
        }

        final OwnTask task(String taskName, List<String> labels, List<Example> train, List<Example> evaluation) {
            return new OwnTask(taskName, labels, kind.metrics().apply(labels.size()), train, evaluation);
        }

        /** Makes a task from rows with known labels, without classes for a regression; refuses fewer than two classes. */
        public LabelledData assemble(
                Optional<LabelSet> classes, Rows<LabelledText> train, Optional<Rows<LabelledText>> dev)
                throws IOException {
            List<String> labels = classes.map(LabelSet::names).orElse(List.of());
            LabelParser<Label> target = parser(classes);
            if (labels.size() == 1) {
                throw new IOException(train.source() + ": every row has the label " + Quoted.value(labels.get(0))
                        + ", expected at least two different labels");
            }
            Rows<Example> examples = examples(train, target);
            Notes notes = new Notes();
            if (isRegression()
                    && examples.all().stream().map(Example::value).distinct().count() == 1) {
                notes.add(
                        "every row of %s has the number %s: there is nothing to learn from them",
                        train.source(), examples.all().get(0).value());
            }
            Split<Example, List<Example>> split =
                    divide(new LabelDivision(labels), examples, dev.map(rows -> examples(rows, target)), notes);
            return new LabelledData(task(name, labels, split.train(), split.evaluation()), split);
        }

        static LabelParser<Label> parser(Optional<LabelSet> classes) {
            return classes.map(known -> known.<Label>as(Label.Category::new))
                    .orElseGet(() -> new FiniteNumber().as(Label.Value::new));
        }

        private static Rows<Example> examples(Rows<LabelledText> rows, LabelParser<Label> target) {
            return new Rows<>(
                    rows.source(),
                    rows.all().stream().map(row -> row.example(target)).toList());
        }
    }

    /** Reads a user's data from files. */
    public static final class FromFiles extends Settings<Table, FromFiles> {

        private String text = "text";
        private Optional<String> secondText = Optional.empty();
        private String label = "label";

        /** Prepares reading rows of a kind from a file. */
        public FromFiles(Kind kind, Table train) {
            super(kind, train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFiles dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets the column of the text; "text" by default. */
        public FromFiles text(String column) {
            text = column;
            secondText = Optional.empty();
            return columns("text", column);
        }

        /** Sets the columns of a pair of texts. */
        public FromFiles text(String first, String second) {
            text = first;
            secondText = Optional.of(second);
            return columns("text", first, second);
        }

        /**
         * Sets the column of the label; "label" by default. Labels of a classification are strings, numbers, true or false; labels of a
         * regression are finite decimal numbers.
         */
        public FromFiles label(String column) {
            label = column;
            return columns("label", column);
        }

        /** Reads the files; see {@link DataBuilder}. */
        public LabelledData read() throws IOException {
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            Rows<LabelledText> rows = read(
                    train(), isRegression() || given().isPresent() ? Optional.of(parser(given())) : Optional.empty());
            Optional<LabelSet> classes = classes(rows, "training file " + train());
            return assemble(
                    classes,
                    rows,
                    dev().isPresent()
                            ? Optional.of(read(dev().get(), Optional.of(parser(classes))))
                            : Optional.empty());
        }

        /** Reads the texts of this file only, as {@link #read} does. */
        public List<Example> texts() throws IOException {
            TextColumns columns = columns();
            return Rows.of(train(), columns.and(), columns::read).all();
        }

        /**
         * Reads this file only, to predict its labels and, if the file has labels, to compare them with the predictions. The header, or
         * in JSON lines the first line, determines whether it has.
         *
         * @param labels the classes in the order of the model's outputs, at least two; empty for a regression
         * @throws IllegalArgumentException if there is only one class, the columns are not distinct or the extension does not determine a
         *     format
         * @throws IOException as {@link #read}
         */
        public PredictionInputs inputs(List<String> labels) throws IOException {
            Require.argument(labels.size() != 1, "labels are %s, expected none or at least two", labels);
            TextColumns columns = columns();
            Rows.requireDifferent(columns.and(label));
            LabelParser<Label> target =
                    parser(labels.isEmpty() ? Optional.empty() : Optional.of(new LabelSet(labels, labels)));
            List<Example> examples = new ArrayList<>();
            Rows.of(train(), columns.and(), row -> {
                boolean labelled =
                        examples.isEmpty() ? row.has(label) : examples.get(0).hasLabel();
                Example read = columns.read(row);
                return examples.add(labelled ? read.labelled(row.parsed(label, target)) : read);
            });
            return new PredictionInputs(
                    examples,
                    examples.get(0).hasLabel()
                            ? Optional.of(task("prediction", labels, List.of(), examples))
                            : Optional.empty());
        }

        /**
         * Reads this file only, divided by the values of a column, such as by user.
         *
         * @param key the column of the keys, words or numbers
         * @param labels the classes in the order of a model's outputs, at least two
         * @throws IllegalArgumentException if the columns are not distinct or the extension does not determine a format
         * @throws IOException as {@link #read}
         */
        public KeyedTexts byKey(String key, List<String> labels) throws IOException {
            TextColumns columns = columns();
            LabelParser<Label> classes = parser(Optional.of(new LabelSet(labels, labels)));
            Map<String, List<Example>> byKey = new TreeMap<>();
            Rows.of(train(), columns.and(label, key), row -> {
                Example read = columns.read(row).labelled(row.parsed(label, classes));
                return byKey.computeIfAbsent(row.filledLabel(key), one -> new ArrayList<>())
                        .add(read);
            });
            return new KeyedTexts(labels, byKey);
        }

        private TextColumns columns() {
            return new TextColumns(text, secondText);
        }

        private Rows<LabelledText> read(Table file, Optional<LabelParser<Label>> target) throws IOException {
            TextColumns columns = columns();
            return Rows.of(file, columns.and(label), row -> {
                Example texts = columns.read(row);
                String value = row.filledLabel(label);
                if (target.isPresent()) {
                    row.parsed(label, target.get());
                }
                return new LabelledText(texts.first(), Optional.ofNullable(texts.second()), value);
            });
        }
    }

    /** Takes a user's data from lists. */
    public static final class FromLists extends Settings<List<LabelledText>, FromLists> {

        /** Takes texts of a kind; the list is copied. */
        public FromLists(Kind kind, List<LabelledText> train) {
            super(kind, train, List::copyOf);
        }

        /**
         * Checks the lists and builds the task.
         *
         * @throws IllegalArgumentException if a list is empty, mixes single texts and pairs, or has an unexpected label; if there is only
         *     one class; or if no text can be held out
         */
        public LabelledData read() {
            return ofLists(this, "text", this::assemble);
        }

        /** Builds the data from rows that were read. */
        public LabelledData assemble(Rows<LabelledText> train, Optional<Rows<LabelledText>> dev) throws IOException {
            Optional<LabelSet> known = classes(train, "training texts");
            LabelParser<Label> target = parser(known);
            boolean pairs = train.all().get(0).secondText().isPresent();
            requireFit(train, pairs, target);
            if (dev.isPresent()) {
                requireFit(dev.get(), pairs, target);
            }
            return assemble(known, train, dev);
        }

        private static void requireFit(Rows<LabelledText> rows, boolean pairs, LabelParser<Label> target)
                throws IOException {
            for (int i = 0; i < rows.size(); i++) {
                LabelledText text = rows.all().get(i);
                if (text.secondText().isPresent() != pairs) {
                    throw new IOException(rows.source() + "[" + i + "] is "
                            + (pairs ? "a single text, expected a pair" : "a pair, expected a single text")
                            + " as train[0]");
                }
                if (target.parse(text.label()).isEmpty()) {
                    throw new IOException(rows.source() + "[" + i + "]: " + target.complaint(text.label()));
                }
            }
        }
    }
}
