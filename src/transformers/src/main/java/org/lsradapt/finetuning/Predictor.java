package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Table;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.lsr.internal.Require;

/**
 * The answers of a model of any task, for programs that print them. {@link FineTunedModel#predictor} returns it. Usable while
 * the model is open, by one thread.
 */
public abstract class Predictor implements AutoCloseable {
    private final Request request;
    private final Kind kind;

    /** Creates a predictor, with options that the type of task takes. */
    public Predictor(Request request, Kind kind) {
        this.request = request;
        this.kind = kind;
        TaskType type = kind.type();
        List<String> taken = Stream.of(type.columns(), type.answers(), type.sources())
                .flatMap(List::stream)
                .map(TaskOption::name)
                .toList();
        for (String option : request.given().values().keySet()) {
            Require.argument(taken.contains(option), "%s: %s, expected no %s", request.model(), kind.does(), option);
        }
    }

    /**
     * The purpose and the inputs of a model.
     *
     * @param does such as {@code assigns labels to words}
     */
    public record Kind(String does, TaskType type, Inputs inputs) {}

    /**
     * The model and the options of the caller.
     *
     * @param model the name of the model, for messages
     * @param given the options that describe files and answers
     */
    public record Request(String model, TaskOptions given) {

        /** Makes the exception for a model that does not predict. */
        public IllegalArgumentException refused(String does, String instead) {
            return new IllegalArgumentException(
                    model + ": " + does + ", expected a classifier or a regression; " + instead);
        }
    }

    /** The inputs of a model. */
    public enum Inputs {
        /** Single texts. */
        TEXTS(Optional.of(false)),
        /** Pairs of texts. */
        PAIRS(Optional.of(true)),
        /** Single texts or pairs. */
        TEXTS_OR_PAIRS(Optional.empty()),
        /** Images. */
        IMAGES(Optional.empty());

        private final Optional<Boolean> pairs;

        Inputs(Optional<Boolean> pairs) {
            this.pairs = pairs;
        }

        /** Whether an input has to be a pair; empty if it may be one. */
        public Optional<Boolean> pairs() {
            return pairs;
        }
    }

    /**
     * The predictions for the rows of a file, compared with its right answers.
     *
     * @param predictions one per row
     * @param labels the scores of each label, for a table; empty if the file has no right answers or each has one label
     * @param metrics the metrics by name; may be empty
     * @param resamples the metrics on bootstrap samples of the rows
     * @param notes sentences on labels that cannot be measured, or only uncertainly
     */
    public record Comparison(
            List<Prediction> predictions,
            Optional<LabelScores> labels,
            Map<String, Double> metrics,
            Resamples resamples,
            List<String> notes) {}

    /** Returns the inputs that the model takes. */
    public final Inputs inputs() {
        return kind.inputs();
    }

    /** Checks that the model has probabilities of all classes or labels. */
    public void requireProbabilities() {}

    /**
     * Predicts.
     *
     * @param inputs texts, pairs or the locations of images, any number
     * @return a prediction per input, in their order
     * @throws IOException if an image cannot be read
     */
    public abstract List<Prediction> predict(List<Example> inputs) throws IOException;

    /** Predicts the answers for the rows of a table and, if it has the right ones, compares them. */
    public abstract Comparison compare(Table file) throws IOException;

    /**
     * Returns a predictor of the averaged answers of this model and others.
     *
     * @param others the folders of adapters on the same base model
     * @return the predictor, which the caller closes
     * @throws IllegalArgumentException if the answers cannot be averaged
     * @throws IOException if an adapter is missing or malformed
     */
    public Predictor averaged(List<Path> others) throws IOException {
        throw new IllegalArgumentException(
                request.model() + ": " + kind.does() + ", which cannot be averaged, expected one --adapter");
    }

    /** Returns the model and the options of the caller. */
    protected final Request request() {
        return request;
    }

    /** Returns the options that describe files and answers. */
    protected final TaskOptions given() {
        return request.given();
    }

    /** Frees what {@link #averaged} loaded; the model stays open. */
    @Override
    public void close() {}
}
