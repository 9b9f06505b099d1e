package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.LabelParser;
import org.lsradapt.tasks.internal.LabelSet;

/**
 * The texts of a file that a trained model is to label. If the file also has the right labels, predictions can be measured.
 *
 * <pre>{@code
 * PredictionInputs inputs = PredictionInputs.from(Path.of("new.csv")).text("review").label("opinion", labels).read();
 * if (inputs.hasLabels()) {
 *     Map<String, Double> metrics = inputs.evaluate(outputs);
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; its builder is for one thread.
 *
 * @param examples the texts in file order, at least one; either all or none have a label; copied
 * @param task the task of the labels, with the metrics of {@link LabelledData#task()}; empty without labels
 */
public record PredictionInputs(List<Example> examples, Optional<Task> task) {

    /** Copies the list. */
    public PredictionInputs {
        examples = List.copyOf(examples);
    }

    /** Reads the texts of a file in the forms that {@link LabelledData} reads. */
    public static Reader from(Path file) {
        return new Reader(file);
    }

    /** Whether the file has the requested labels. */
    public boolean hasLabels() {
        return task.isPresent();
    }

    /**
     * Compares a model's outputs with the labels, by the metrics of {@link LabelledData#task()}.
     *
     * @param outputs for each example, the finite logits or the value; not modified
     * @return the metrics by name; unmodifiable
     * @throws IllegalStateException if there are no labels
     * @throws IllegalArgumentException if the sizes disagree or an output is not finite
     */
    public Map<String, Double> evaluate(double[][] outputs) {
        return task.orElseThrow(() -> new IllegalStateException("evaluate: the file has no labels to compare with"))
                .evaluate(examples, outputs);
    }

    /**
     * A sentence on classes that no row has. Their F1 cannot be measured and is not in the mean. Empty if there are no such classes, or
     * no labels.
     */
    public Optional<String> unmeasured() {
        Set<Label> found = examples.stream().map(Example::label).collect(Collectors.toSet());
        return task.filter(one -> one.labelType() == Label.Category.class)
                .flatMap(one ->
                        LabelScores.unmeasured(one.labels(), index -> found.contains(new Label.Category(index))));
    }

    /** Reads texts. */
    public static final class Reader {

        private final Path file;
        private Optional<DataFormat> format = Optional.empty();
        private String text = "text";
        private Optional<String> secondText = Optional.empty();
        private Optional<String> label = Optional.empty();
        private List<String> labels = List.of();

        private Reader(Path file) {
            this.file = Objects.requireNonNull(file, "file");
        }

        /** Sets the format of the file; by default the extension determines it. */
        public Reader format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /** Sets the column of the text; "text" by default. */
        public Reader text(String column) {
            text = column;
            secondText = Optional.empty();
            return this;
        }

        /** Sets the columns of a pair of texts. */
        public Reader text(String first, String second) {
            text = first;
            secondText = Optional.of(second);
            return this;
        }

        /**
         * Sets the column of the right labels, which is read if the file has it.
         *
         * @param column the column's name
         * @param newLabels the classes in the order of the model's outputs, at least two; empty for a regression
         * @throws IllegalArgumentException if there is only one class
         */
        public Reader label(String column, List<String> newLabels) {
            if (newLabels.size() == 1) {
                throw new IllegalArgumentException("labels are " + newLabels + ", expected none or at least two");
            }
            label = Optional.of(column);
            labels = List.copyOf(newLabels);
            return this;
        }

        /**
         * Reads the file. The header, or in JSON lines the first line, determines whether the file has labels.
         *
         * @throws IllegalArgumentException if the columns are not distinct or the extension does not determine a format
         * @throws IOException if the file cannot be read, does not follow its format or has an unexpected value; the message names the
         *     file, the line, what was found and what was expected
         */
        public PredictionInputs read() throws IOException {
            TextColumns texts = new TextColumns(text, secondText);
            Rows.requireDifferent(texts.and(label.stream().toArray(String[]::new)));
            LabelParser<Label> target = labels.isEmpty()
                    ? new FiniteNumber().as(Label.Value::new)
                    : new LabelSet(labels, labels).as(Label.Category::new);
            List<Example> examples = new ArrayList<>();
            Rows.of(file, format, texts.and(), row -> {
                boolean labelled = examples.isEmpty()
                        ? label.filter(row::has).isPresent()
                        : examples.get(0).hasLabel();
                Example read = texts.read(row);
                return examples.add(labelled ? read.labelled(row.parsed(label.get(), target)) : read);
            });
            return new PredictionInputs(
                    examples,
                    examples.get(0).hasLabel()
                            ? Optional.of(new OwnTask("prediction", labels, new TaskData(List.of(), examples)))
                            : Optional.empty());
        }
    }
}
