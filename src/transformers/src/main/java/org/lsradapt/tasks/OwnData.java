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
 * A classification or a regression on data of one's own, out of files or lists.
 *
 * <pre>{@code
 * OwnData films = OwnData.classification(Path.of("train.csv")).text("review").label("opinion").read();
 * OwnData pairs = OwnData.regression(Path.of("train.tsv")).dev(Path.of("dev.tsv"))
 *         .text("sentence1", "sentence2").label("score").read();
 * OwnData lines = OwnData.classification(List.of(LabelledText.of("a great film", "good"), ...)).build();
 * }</pre>
 *
 * <p>The classes are the labels of the training data: in numeric order where all of them are decimal numbers, else in
 * alphabetical order. Without evaluation data a tenth of the training data is held out, at random and stratified: by
 * class, so that each class is there in its proportion and keeps one row to train on, or over the range of the values
 * of a regression. Rows whose texts are equal stay together.
 *
 * <p>Immutable, and safe for use by many threads; its builders are for one thread.
 */
public final class OwnData extends SplitData<Example, List<Example>> {
    /** A saved adapter finds its task by name, which is why no other can have that of a published one. */
    private static final Set<String> PUBLISHED = Set.of(
            "wordnet wordnet-10k cola sst2 sst-2 mrpc stsb sts-b qqp mnli mnli-mm qnli rte wnli boolq cb copa wic wsc"
                    .split(" "));

    private final Task task;

    private OwnData(Task task, TaskData data, Optional<HeldOut> heldOut, List<String> notes) {
        super(data.train(), data.evaluation(), heldOut, notes);
        this.task = task;
    }

    /** Whether a name is that of a task with official files, which no task on data of one's own has. */
    public static boolean isPublished(String task) {
        return PUBLISHED.contains(task);
    }

    /** A classification of the rows of a file. */
    public static FromFiles classification(Path train) {
        return new FromFiles(TaskKind.CLASSIFICATION, train);
    }

    /** A classification of texts in memory; the list is copied. */
    public static FromLists classification(List<LabelledText> train) {
        return new FromLists(TaskKind.CLASSIFICATION, train);
    }

    /** A regression on the rows of a file. */
    public static FromFiles regression(Path train) {
        return new FromFiles(TaskKind.REGRESSION, train);
    }

    /** A regression on texts in memory; the list is copied. */
    public static FromLists regression(List<LabelledText> train) {
        return new FromLists(TaskKind.REGRESSION, train);
    }

    /**
     * Labels and metrics, with {@link #data()} for {@link Task#load}. A classification is measured by macro F1, which counts
     * rare classes as much as frequent ones, accuracy and, with two classes, Matthews' correlation; a regression by Pearson's and
     * Spearman's correlations and the mean absolute error ("mae"). They choose the best epoch in this order.
     */
    public Task task() {
        return task;
    }

    /** The rows to train and to evaluate on, in the order of the files or lists. */
    public TaskData data() {
        return new TaskData(train(), evaluation());
    }

    /**
     * Settings that files and lists share.
     *
     * @param <S> a file, or a list
     * @param <B> the builder
     */
    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        private final TaskKind kind;
        private String name;

        Settings(TaskKind kind, S train, UnaryOperator<S> kept) {
            super(train, kept);
            this.kind = kind;
            this.name = kind.name().toLowerCase(Locale.ROOT);
        }

        /**
         * The task's name; "classification" or "regression" by default.
         *
         * @param newName small letters a to z, digits, dots, hyphens and underscores, of which one of the first two
         *     first
         * @throws IllegalArgumentException if it is of another form, or that of a published task
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
         * Makes a task of rows whose labels a target has accepted.
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

        /** The labels of training rows. */
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

    /** Reads data of one's own from files. */
    public static final class FromFiles extends Settings<Path, FromFiles> {

        private Optional<DataFormat> format = Optional.empty();
        private String text = "text";
        private Optional<String> secondText = Optional.empty();
        private String label = "label";

        private FromFiles(TaskKind kind, Path train) {
            super(kind, train, DataBuilder::file);
        }

        /** The format of the files, where their extensions do not tell it. */
        public FromFiles format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /** The column of the text; "text" by default. */
        public FromFiles text(String column) {
            text = column;
            secondText = Optional.empty();
            return this;
        }

        /** The columns of a pair of texts. */
        public FromFiles text(String first, String second) {
            text = first;
            secondText = Optional.of(second);
            return this;
        }

        /**
         * The column of the label: strings, numbers, true or false; of a regression, finite decimal numbers. "label"
         * by default.
         */
        public FromFiles label(String column) {
            label = column;
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if the settings contradict each other or an extension tells no format
         * @throws IOException if a file cannot be read, does not follow its format, or holds something unexpected,
         *     with file, line, what was found and what was expected; or if no row can be held out
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

    /** Takes data of one's own from lists. */
    public static final class FromLists extends Settings<List<LabelledText>, FromLists> {

        private Optional<LabelSet> classes = Optional.empty();

        private FromLists(TaskKind kind, List<LabelledText> train) {
            super(kind, train, List::copyOf);
        }

        /**
         * The classes of a classification in the order of their indexes, where some may have no text to train on; by default
         * they are the labels of the training texts.
         *
         * @param labels at least two different ones; copied
         * @throws IllegalArgumentException if they are fewer, or this is a regression
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
         * Checks the lists and makes a task of them.
         *
         * @throws IllegalArgumentException if a list is empty, mixes single texts and pairs, or has an unexpected
         *     label; if there is one class only; or if no text can be held out
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
