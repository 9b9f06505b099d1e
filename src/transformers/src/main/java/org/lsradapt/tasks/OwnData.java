package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.LabelSet;
import org.lsradapt.tasks.internal.Quoted;
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
public final class OwnData {

    private final Task task;
    private final TaskData data;
    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    OwnData(Task task, TaskData data, Optional<HeldOut> heldOut, List<String> notes) {
        this.task = task;
        this.data = data;
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
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
        return data;
    }

    /** How much was held out; empty where evaluation data was given. */
    public Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /**
     * What the owner of the data should know, a sentence each: what was held out, repeated texts, missing labels.
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * What files and lists have in common.
     *
     * @param <S> a file, or a list
     * @param <B> the builder
     */
    abstract static class Settings<S, B extends Settings<S, B>> extends Sources<S, B> {

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
         * @return this
         * @throws IllegalArgumentException if it is of another form, or that of a published task
         */
        public B name(String newName) {
            if (!newName.matches("[a-z0-9][a-z0-9._-]*")) {
                throw new IllegalArgumentException("name " + Quoted.value(newName)
                        + ": expected small letters a to z, digits, and then perhaps dots, hyphens and underscores");
            }
            if (PublishedNames.has(newName)) {
                throw new IllegalArgumentException(
                        "name \"" + newName + "\" is that of a task with official files," + " expected another one");
            }
            name = newName;
            return self();
        }

        TaskKind kind() {
            return kind;
        }

        String name() {
            return name;
        }
    }

    /** Reads data of one's own from files. */
    public static final class FromFiles extends Settings<Path, FromFiles> {

        private Optional<DataFormat> format = Optional.empty();
        private String text = "text";
        private Optional<String> secondText = Optional.empty();
        private String label = "label";

        private FromFiles(TaskKind kind, Path train) {
            super(kind, train, Sources::file);
        }

        @Override
        FromFiles self() {
            return this;
        }

        /**
         * The format of the files, where their extensions do not tell it.
         *
         * @return this
         */
        public FromFiles format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /**
         * The column of the text; "text" by default.
         *
         * @return this
         */
        public FromFiles text(String column) {
            text = column;
            secondText = Optional.empty();
            return this;
        }

        /**
         * The columns of a pair of texts.
         *
         * @return this
         */
        public FromFiles text(String first, String second) {
            text = first;
            secondText = Optional.of(second);
            return this;
        }

        /**
         * The column of the label: strings, numbers, true or false; of a regression, finite decimal numbers. "label"
         * by default.
         *
         * @return this
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
            Columns columns = new Columns(text, secondText, Optional.of(label));
            Path train = train();
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            DataFormat trainFormat = format.orElseGet(() -> DataFormat.of(train));
            List<LabelledText> rows = kind() == TaskKind.REGRESSION
                    ? read(train, trainFormat, columns, new FiniteNumber())
                    : DataFile.read(train, trainFormat, columns.names(), columns::labelled);
            OwnDataAssembly<IOException> assembly = new OwnDataAssembly<>(
                    this, rows, train.toString(), "training file " + train, Optional.empty(), IOException::new);
            if (dev().isEmpty()) {
                return assembly.holdOut();
            }
            Path file = dev().get();
            DataFormat devFormat = format.orElseGet(() -> DataFormat.of(file));
            return assembly.with(read(file, devFormat, columns, assembly.target()), file.toString());
        }

        private static List<LabelledText> read(Path file, DataFormat format, Columns columns, Target target)
                throws IOException {
            return DataFile.read(file, format, columns.names(), row -> columns.labelled(row, target));
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
         * @return this
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

        @Override
        FromLists self() {
            return this;
        }

        /**
         * Checks the lists and makes a task of them.
         *
         * @throws IllegalArgumentException if a list is empty, mixes single texts and pairs, or has an unexpected
         *     label; if there is one class only; or if no text can be held out
         */
        public OwnData build() {
            dev().ifPresent(texts -> requireNoFraction(texts.size() + " texts"));
            requireFilled(this, "text");
            requireAlike("train", train());
            if (kind() == TaskKind.REGRESSION) {
                requireAccepted("train", train(), new FiniteNumber());
            }
            classes.ifPresent(known -> requireAccepted("train", train(), known));
            OwnDataAssembly<IllegalArgumentException> assembly = new OwnDataAssembly<>(
                    this, train(), "train", "training texts", classes, IllegalArgumentException::new);
            if (dev().isEmpty()) {
                return assembly.holdOut();
            }
            requireAlike("dev", dev().get());
            requireAccepted("dev", dev().get(), assembly.target());
            return assembly.with(dev().get(), "dev");
        }

        private void requireAlike(String list, List<LabelledText> texts) {
            boolean pairs = train().get(0).secondText().isPresent();
            IntStream.range(0, texts.size())
                    .filter(i -> texts.get(i).secondText().isPresent() != pairs)
                    .findFirst()
                    .ifPresent(i -> {
                        throw new IllegalArgumentException(list + "[" + i + "] is "
                                + (pairs ? "a single text, expected a pair" : "a pair, expected a single text")
                                + " as train[0]");
                    });
        }

        private static void requireAccepted(String list, List<LabelledText> texts, Target target) {
            for (int i = 0; i < texts.size(); i++) {
                String label = texts.get(i).label();
                if (Double.isNaN(target.parse(label))) {
                    throw new IllegalArgumentException(list + "[" + i + "]: " + target.complaint(label));
                }
            }
        }
    }
}
