package org.lsradapt.tasks.labels;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.Example;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.Label;
import org.lsradapt.data.Notes;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.TextColumns;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.data.rules.Quoted;

/**
 * Texts with any number of labels each, from files or lists.
 *
 * <pre>{@code
 * MultiLabelData one = MultiLabelData.of(Path.of("train.csv")).text("message").labels("topics", "|").read();
 * MultiLabelData columns = MultiLabelData.of(Path.of("train.csv")).labelColumns(List.of("toxic", "insult", "threat")).read();
 * MultiLabelData lists = MultiLabelData.of(List.of(MultiLabelText.of("late and damaged", "delivery", "quality"), ...)).read();
 * }</pre>
 *
 * <p>The labels are those of the training data, in numeric order if all are decimal numbers and otherwise in alphabetical order; or the
 * named columns, in that order. Without evaluation data, a random tenth of the training data is held out, stratified by the rarest label
 * of a text. Equal texts stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class MultiLabelData extends Dataset<MultiLabelText, List<MultiLabelText>, MultiLabelData> {
    /** The default name of a task on such data. */
    public static final String NAME = "labels";

    private final List<String> labels;

    private MultiLabelData(List<String> labels, Split<MultiLabelText, List<MultiLabelText>> split) {
        super(new ByLabel(labels), split);
        this.labels = List.copyOf(labels);
    }

    @Override
    protected MultiLabelData with(Split<MultiLabelText, List<MultiLabelText>> parts) {
        return new MultiLabelData(labels, parts);
    }

    @Override
    public Optional<RowLabels<MultiLabelText>> rowLabels() {
        return Optional.of(labels(rows()));
    }

    @Override
    public Optional<RowLabels<MultiLabelText>> evaluationLabels() {
        return heldOut().isPresent() ? Optional.empty() : Optional.of(labels(evaluation()));
    }

    private RowLabels<MultiLabelText> labels(List<MultiLabelText> rows) {
        return new RowLabels<>(
                rows,
                RowLabels.Form.SEVERAL,
                labels,
                row -> List.of(new RowLabels.Cell(
                        row.text(),
                        row.secondText(),
                        row.labels().stream().map(labels::indexOf).sorted().toList())),
                (row, cell, changed) -> new MultiLabelText(
                        row.text(),
                        row.secondText(),
                        changed.stream().map(labels::get).toList()));
    }

    /** Reads texts from a table: CSV, TSV or JSON lines. */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads texts with labels from the rows of a table, such as the result of a query. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes texts in memory; the list is copied. */
    public static FromList of(List<MultiLabelText> train) {
        return new FromList(train);
    }

    /** The labels in the order of a model's outputs; unmodifiable. */
    public List<String> labels() {
        return labels;
    }

    /** Returns the task, measured at the thresholds that are best on the evaluation data. */
    public MultiLabelTask task(String name) {
        return task(name, labels, train(), evaluation(), Optional.empty());
    }

    private static MultiLabelTask task(
            String name,
            List<String> labels,
            List<MultiLabelText> train,
            List<MultiLabelText> evaluation,
            Optional<List<Double>> thresholds) {
        return new MultiLabelTask(name, labels, thresholds, examples(train, labels), examples(evaluation, labels));
    }

    private static List<Example> examples(List<MultiLabelText> texts, List<String> labels) {
        return texts.stream()
                .map(text -> new Example(
                        text.text(),
                        text.secondText().orElse(null),
                        Label.Several.of(
                                text.labels().stream().map(labels::indexOf).toList())))
                .toList();
    }

    /** Divides texts by the rarest of their labels. */
    private static final class ByLabel extends Division.IntoRows<MultiLabelText> {
        private final List<String> labels;

        ByLabel(List<String> labels) {
            super(HeldOut.Unit.ROWS, 1, ", as one of each label");
            this.labels = labels;
        }

        @Override
        protected Object identity(MultiLabelText text) {
            return List.of(text.text(), text.secondText());
        }

        @Override
        protected int[] classes(List<MultiLabelText> texts) {
            return byRarest(texts, MultiLabelText::labels);
        }

        @Override
        protected void compare(Rows<MultiLabelText> train, Rows<MultiLabelText> dev, Notes notes) {
            noteRepetitions(train, notes, "");
            noteKnown(train, dev, "texts", notes);
        }

        @Override
        protected void describe(
                Rows<MultiLabelText> rows, List<MultiLabelText> train, List<MultiLabelText> evaluation, Notes notes) {
            noteMissing(notes, train, "labels that no training row has: %s");
            noteMissing(
                    notes,
                    evaluation,
                    "labels that no evaluation row has, whose threshold is 0.5 and whose F1 is not in the mean: %s");
        }

        private void noteMissing(Notes notes, List<MultiLabelText> texts, String format) {
            Set<String> there = new HashSet<>();
            texts.forEach(text -> there.addAll(text.labels()));
            List<String> missing =
                    labels.stream().filter(label -> !there.contains(label)).toList();
            if (!missing.isEmpty()) {
                notes.add(format, Quoted.shortened(String.join(", ", missing)));
            }
        }
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {
        private List<String> known = List.of();

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        void know(List<String> labels) {
            if (labels.stream().distinct().count() < Math.max(2, labels.size())) {
                throw new IllegalArgumentException(
                        "labels " + String.join(", ", labels) + ": expected at least two different ones");
            }
            known = List.copyOf(labels);
        }

        MultiLabelData assemble(Rows<MultiLabelText> train, Optional<Rows<MultiLabelText>> dev) throws IOException {
            List<String> labels = known.isEmpty() ? occurring(train) : known;
            requireKnown(train, labels, "labels of this data");
            if (dev.isPresent()) {
                requireKnown(dev.get(), labels, "training data " + train.source());
            }
            return new MultiLabelData(labels, divide(new ByLabel(labels), train, dev, new Notes()));
        }

        private static List<String> occurring(Rows<MultiLabelText> rows) throws IOException {
            List<String> labels = LabelSet.occurring(rows.all().stream()
                            .flatMap(text -> text.labels().stream())
                            .toList())
                    .names();
            if (labels.size() < 2) {
                throw new IOException(rows.source() + ": found "
                        + (labels.isEmpty() ? "no label" : "the label " + Quoted.value(labels.get(0)) + " alone")
                        + ", expected at least two different labels");
            }
            return labels;
        }

        private static void requireKnown(Rows<MultiLabelText> rows, List<String> labels, String where)
                throws IOException {
            Set<String> known = Set.copyOf(labels);
            boolean pairs = rows.all().get(0).secondText().isPresent();
            for (int i = 0; i < rows.size(); i++) {
                MultiLabelText text = rows.all().get(i);
                if (text.secondText().isPresent() != pairs) {
                    throw new IOException(rows.source() + "[" + i + "] is " + (pairs ? "a single text" : "a pair")
                            + ", the first one is " + (pairs ? "a pair" : "a single text"));
                }
                for (String label : text.labels()) {
                    if (!known.contains(label)) {
                        throw new IOException(rows.source() + ", row " + (i + 1) + ": label " + Quoted.value(label)
                                + " does not occur in the " + where + " (labels: "
                                + Quoted.shortened(String.join(", ", labels)) + ")");
                    }
                }
            }
        }
    }

    /** Reads texts with labels from tables. */
    public static final class FromFile extends Settings<Table, FromFile> {
        private TextColumns text = new TextColumns("text", Optional.empty());
        private MultiLabelColumns columns = new MultiLabelColumns("labels", ",", List.of());

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets the column of the text; "text" by default. */
        public FromFile text(String column) {
            text = new TextColumns(column, Optional.empty());
            return columns("text", column);
        }

        /** Sets the columns of a pair of texts. */
        public FromFile text(String first, String second) {
            text = new TextColumns(first, Optional.of(second));
            return columns("text", first, second);
        }

        /**
         * Sets the column of all labels of a text; by default "labels", separated by commas. In JSON lines it may be an array.
         *
         * @param separator the separator between labels; white space around it is ignored
         * @throws IllegalArgumentException if the separator is blank, unless it is a tab or a space
         */
        public FromFile labels(String column, String separator) {
            columns = new MultiLabelColumns(column, separator, List.of());
            return columns("label-columns").columns("label", column);
        }

        /**
         * Sets one column per label, with 1 or true if the text has the label and 0 or false if not.
         *
         * @param names the columns, whose names are the labels, in the order of the outputs; at least two distinct names
         * @throws IllegalArgumentException if there are fewer distinct names
         */
        public FromFile labelColumns(List<String> names) {
            know(names);
            columns = new MultiLabelColumns("", ",", List.copyOf(names));
            return columns("label").columns("label-columns", names.toArray(String[]::new));
        }

        /** Reads the files; see {@link DataBuilder}. */
        public MultiLabelData read() throws IOException {
            List<String> needed = text.and(columns.names().toArray(String[]::new));
            return make(file -> Rows.of(file, needed, row -> columns.read(text.read(row), row)), this::assemble);
        }

        /**
         * Reads this file only, to predict its labels and, if the file has labels, to compare them with the predictions.
         *
         * @param labels the model's labels, in the order of its outputs
         * @param thresholds the model's thresholds, one per label
         * @throws IOException as {@link #read}; also if a label is not one of the model's
         */
        public PredictionInputs inputs(List<String> labels, List<Double> thresholds) throws IOException {
            List<String> needed = text.and();
            Boolean[] labelled = new Boolean[1];
            Rows<MultiLabelText> rows = Rows.of(train(), needed, row -> {
                if (labelled[0] == null) {
                    labelled[0] = columns.names().stream().allMatch(row.columns()::contains);
                }
                Example read = text.read(row);
                return labelled[0]
                        ? columns.read(read, row)
                        : new MultiLabelText(read.first(), Optional.ofNullable(read.second()), List.of());
            });
            Settings.requireKnown(rows, labels, "model's labels");
            MultiLabelTask task = task(NAME, labels, List.of(), rows.all(), Optional.of(thresholds));
            List<Example> examples = task.load().evaluation();
            return labelled[0]
                    ? new PredictionInputs(examples, Optional.of(task))
                    : new PredictionInputs(
                            examples.stream()
                                    .map(one -> one.labelled(Label.UNKNOWN))
                                    .toList(),
                            Optional.empty());
        }
    }

    /** Takes texts with labels from lists. */
    public static final class FromList extends Settings<List<MultiLabelText>, FromList> {

        private FromList(List<MultiLabelText> train) {
            super(train, List::copyOf);
        }

        /**
         * Sets the labels in the order of the outputs, some of which may have no training text; by default the labels of the training
         * texts.
         *
         * @param names at least two distinct labels; copied
         * @throws IllegalArgumentException if there are fewer distinct names
         */
        public FromList labels(List<String> names) {
            know(names);
            return this;
        }

        /**
         * Checks the lists and builds the data.
         *
         * @throws IllegalArgumentException if a list is empty, mixes single texts and pairs, has only one label or an unexpected one, or
         *     no text can be held out
         */
        public MultiLabelData read() {
            return ofLists(this, "text", this::assemble);
        }
    }
}
