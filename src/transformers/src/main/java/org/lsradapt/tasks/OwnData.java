package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.LabelSet;
import org.lsradapt.tasks.internal.Quoted;
import org.lsradapt.tasks.internal.StratifiedSplit;
import org.lsradapt.tasks.internal.Target;

/**
 * A classification or a regression on a user's own data, from files or lists.
 *
 * <pre>{@code
 * OwnData films = OwnData.classification(Path.of("train.csv")).text("review").label("opinion").read();
 * OwnData pairs = OwnData.regression(Path.of("train.tsv")).dev(Path.of("dev.tsv"))
 *         .text("sentence1", "sentence2").label("score").read();
 * OwnData lines = OwnData.classification(List.of(LabelledText.of("a great film", "good"), ...)).build();
 * }</pre>
 *
 * <p>The classes are the labels of the training data, in numeric order if all are decimal numbers and otherwise in alphabetical order.
 * Without evaluation data, a random, stratified tenth of the training data is held out. A classification is stratified by class: each
 * class keeps its proportion and at least one training row. A regression is stratified over the range of its values. Rows with equal
 * texts stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class OwnData extends SplitData<Example, List<Example>> {
    /** The names of published tasks are reserved, since a saved adapter finds its task by name. */
    private static final Set<String> PUBLISHED = Set.of(
            "wordnet wordnet-10k cola sst2 sst-2 mrpc stsb sts-b qqp mnli mnli-mm qnli rte wnli boolq cb copa wic wsc"
                    .split(" "));

    private final Task task;

    private OwnData(Task task, TaskData data, Optional<HeldOut> heldOut, List<String> notes) {
        super(data.train(), data.evaluation(), heldOut, notes);
        this.task = task;
    }

    /** Whether a name belongs to a task with official files. Such a name is not allowed for a user's own data. */
    public static boolean isPublished(String task) {
        return PUBLISHED.contains(task);
    }

    /** Reads a classification from the rows of a file. */
    public static FromFiles classification(Path train) {
        return new FromFiles(TaskKind.CLASSIFICATION, train);
    }

    /** Takes a classification of texts in memory; the list is copied. */
    public static FromLists classification(List<LabelledText> train) {
        return new FromLists(TaskKind.CLASSIFICATION, train);
    }

    /** Reads a regression from the rows of a file. */
    public static FromFiles regression(Path train) {
        return new FromFiles(TaskKind.REGRESSION, train);
    }

    /** Takes a regression on texts in memory; the list is copied. */
    public static FromLists regression(List<LabelledText> train) {
        return new FromLists(TaskKind.REGRESSION, train);
    }

    /**
     * The labels and metrics, with {@link #data()} for {@link Task#load}. A classification is measured by macro F1, which weights rare
     * and frequent classes equally, by accuracy and, with two classes, by Matthews' correlation; a regression by Pearson's and Spearman's
     * correlations and the mean absolute error ("mae"). The metrics choose the best epoch in this order.
     */
    public Task task() {
        return task;
    }

    /** The training and evaluation rows, in the order of the files or lists. */
    public TaskData data() {
        return new TaskData(train(), evaluation());
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        private final TaskKind kind;
        private String name;

        Settings(TaskKind kind, S train, UnaryOperator<S> kept) {
            super(train, kept);
            this.kind = kind;
            this.name = kind.name().toLowerCase(Locale.ROOT);
        }

        /**
         * Sets the task's name; "classification" or "regression" by default.
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

        TaskKind kind() {
            return kind;
        }

        /**
         * Makes a task from rows whose labels the target accepts.
         *
         * @throws IOException if there are fewer than two classes, or no row can be held out
         */
        OwnData assemble(Target target, Rows<LabelledText> train, Optional<Rows<LabelledText>> dev) throws IOException {
            List<String> labels = target instanceof LabelSet classes ? classes.names() : List.of();
            if (labels.size() == 1) {
                throw new IOException(train.source() + ": every row has the label " + Quoted.value(labels.get(0))
                        + ", expected at least two different labels");
            }
            Rows<Example> rows = examples(train, target);
            List<Object> texts = rows.all().stream().map(Example::identity).toList();
            List<String> notes = new ArrayList<>();
            TaskData data;
            Optional<HeldOut> heldOut = Optional.empty();
            if (dev.isPresent()) {
                data = new TaskData(rows.all(), examples(dev.get(), target).all());
                repetitions(HeldOut.Unit.ROWS, rows, texts, "").ifPresent(notes::add);
            } else {
                Divided<Example> divided = divide(
                        rows,
                        HeldOut.Unit.ROWS,
                        texts,
                        TaskData.choose(rows.all(), kind, split()),
                        1,
                        labels.isEmpty() ? ", as one" : ", as one of each class");
                data = new TaskData(divided.train(), divided.evaluation());
                heldOut = Optional.of(divided.heldOut());
                notes.addAll(divided.notes());
            }
            long contradictory = StratifiedSplit.groups(texts).stream()
                    .map(group -> group.stream().map(row -> rows.all().get(row).label()))
                    .filter(values -> values.distinct().count() > 1)
                    .count();
            addUnlessNone(
                    notes,
                    contradictory,
                    "texts of %2$s that have different labels in different rows: %1$,d",
                    rows.source());
            if (dev.isPresent()) {
                Rows<Example> measured = new Rows<>(dev.get().source(), data.evaluation());
                addKnown(notes, "texts", rows, measured, Example::identity);
            }
            if (labels.size() > 2 && 2 * labels.size() > rows.size()) {
                notes.add(note(
                        "different labels in %s: %,d in %,d rows; for numbers to predict, choose a regression",
                        rows.source(), labels.size(), rows.size()));
            }
            Set<Double> seen = data.evaluation().stream().map(Example::label).collect(Collectors.toSet());
            LabelScores.unmeasured(labels, label -> seen.contains((double) label))
                    .ifPresent(notes::add);
            return new OwnData(new OwnTask(name, labels, data), data, heldOut, notes);
        }

        static LabelSet occurring(Rows<LabelledText> train) {
            return LabelSet.occurring(
                    train.all().stream().map(LabelledText::label).toList());
        }

        private static Rows<Example> examples(Rows<LabelledText> rows, Target target) {
            return new Rows<>(
                    rows.source(),
                    rows.all().stream().map(row -> row.example(target)).toList());
        }
    }

    /** Reads a user's data from files. */
    public static final class FromFiles extends Settings<Path, FromFiles> {

        private Optional<DataFormat> format = Optional.empty();
        private String text = "text";
        private Optional<String> secondText = Optional.empty();
        private String label = "label";

        private FromFiles(TaskKind kind, Path train) {
            super(kind, train, DataBuilder::file);
        }

        /** Sets the format of the files; by default the extensions determine it. */
        public FromFiles format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /** Sets the column of the text; "text" by default. */
        public FromFiles text(String column) {
            text = column;
            secondText = Optional.empty();
            return this;
        }

        /** Sets the columns of a pair of texts. */
        public FromFiles text(String first, String second) {
            text = first;
            secondText = Optional.of(second);
            return this;
        }

        /**
         * Sets the column of the label; "label" by default. Labels of a classification are strings, numbers, true or false; labels of a
         * regression are finite decimal numbers.
         */
        public FromFiles label(String column) {
            label = column;
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if the settings contradict each other or an extension does not determine a format
         * @throws IOException if a file cannot be read, does not follow its format or has an unexpected value (the message names the
         *     file, the line, what was found and what was expected), or if no row can be held out
         */
        public OwnData read() throws IOException {
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            boolean numbers = kind() == TaskKind.REGRESSION;
            Rows<LabelledText> rows = read(train(), numbers ? Optional.of(new FiniteNumber()) : Optional.empty());
            Target target = numbers ? new FiniteNumber() : occurring(rows).of("training file " + train());
            return assemble(
                    target,
                    rows,
                    dev().isPresent() ? Optional.of(read(dev().get(), Optional.of(target))) : Optional.empty());
        }

        private Rows<LabelledText> read(Path file, Optional<Target> target) throws IOException {
            TextColumns columns = new TextColumns(text, secondText);
            return Rows.of(file, format, columns.and(label), row -> {
                Example texts = columns.read(row);
                String value = target.isPresent() ? row.acceptedLabel(label, target.get()) : row.filledLabel(label);
                return new LabelledText(texts.first(), Optional.ofNullable(texts.second()), value);
            });
        }
    }

    /** Takes a user's data from lists. */
    public static final class FromLists extends Settings<List<LabelledText>, FromLists> {

        private Optional<LabelSet> classes = Optional.empty();

        private FromLists(TaskKind kind, List<LabelledText> train) {
            super(kind, train, List::copyOf);
        }

        /**
         * Sets the classes of a classification in index order, some of which may have no training text; by default the labels of the
         * training texts.
         *
         * @param labels at least two distinct labels; copied
         * @throws IllegalArgumentException if there are fewer distinct labels, or this is a regression
         */
        public FromLists classes(List<String> labels) {
            if (kind() != TaskKind.CLASSIFICATION || labels.stream().distinct().count() < Math.max(2, labels.size())) {
                throw new IllegalArgumentException(
                        "classes of a " + kind().name().toLowerCase(Locale.ROOT) + ": found " + labels
                                + ", expected at least two different labels of a classification");
            }
            classes = Optional.of(new LabelSet(labels, labels));
            return this;
        }

        /**
         * Checks the lists and builds the task.
         *
         * @throws IllegalArgumentException if a list is empty, mixes single texts and pairs, or has an unexpected label; if there is only
         *     one class; or if no text can be held out
         */
        public OwnData build() {
            return ofLists(this, "text", this::assemble);
        }

        OwnData assemble(DataBuilder<?, ?> settings, Rows<LabelledText> train, Optional<Rows<LabelledText>> dev)
                throws IOException {
            Target target = kind() == TaskKind.REGRESSION
                    ? new FiniteNumber()
                    : classes.orElseGet(() -> occurring(train).of("training texts"));
            boolean pairs = train.all().get(0).secondText().isPresent();
            requireFit(train, pairs, target);
            if (dev.isPresent()) {
                requireFit(dev.get(), pairs, target);
            }
            return assemble(target, train, dev);
        }

        private static void requireFit(Rows<LabelledText> rows, boolean pairs, Target target) throws IOException {
            for (int i = 0; i < rows.size(); i++) {
                LabelledText text = rows.all().get(i);
                if (text.secondText().isPresent() != pairs) {
                    throw new IOException(rows.source() + "[" + i + "] is "
                            + (pairs ? "a single text, expected a pair" : "a pair, expected a single text")
                            + " as train[0]");
                }
                if (Double.isNaN(target.parse(text.label()))) {
                    throw new IOException(rows.source() + "[" + i + "]: " + target.complaint(text.label()));
                }
            }
        }
    }
}
