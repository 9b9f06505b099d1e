package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * Several models of one task whose answers are averaged: the probabilities of classes, or the numbers of a regression.
 * Each model was trained separately, such as with another seed. An answer takes as long as the answers of all models
 * together.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.load("minilm");
 *         Ensemble ensemble = Ensemble.load(List.of(run.resolve("lsr-1"), run.resolve("lsr-2")), base)) {
 *     List<Classification> answers = ensemble.predictExamples(List.of(new Example("a great film", null)));
 * }
 * }</pre>
 */
public final class Ensemble implements ScoringModel, AutoCloseable {
    private final List<SequenceModel> members;

    private Ensemble(List<? extends SequenceModel> members) {
        this.members = List.copyOf(members);
    }

    /**
     * Makes an ensemble.
     *
     * @param members at least one; closed with the ensemble
     * @throws IllegalArgumentException if there are no members, or they do not answer alike: allowed are classifiers of
     *     one class per example with the same classes in the same order, or regressors, or rerankers, all of them on
     *     texts, on pairs or on images; no member is closed then
     */
    public static Ensemble of(List<? extends SequenceModel> members) {
        Require.argument(!members.isEmpty(), "ensemble: found no models, expected at least one");
        for (SequenceModel member : members) {
            Require.argument(
                    member.task().averages(),
                    "ensemble: the model of task %s gives a text any number of labels, each by a threshold of its own, which"
                            + " is not averaged; expected classifiers of one label, regressors or rerankers",
                    member.task().name());
        }
        Answers first = Answers.of(members.get(0));
        for (SequenceModel member : members) {
            Answers answers = Answers.of(member);
            Require.argument(
                    answers.isLike(first),
                    "ensemble: found a model of task %s, %s, beside one of task %s, %s; expected models that answer alike",
                    member.task().name(),
                    answers,
                    members.get(0).task().name(),
                    first);
        }
        return new Ensemble(members);
    }

    /**
     * Loads adapters onto one base model.
     *
     * @param folders adapter folders, at least one
     * @param base the model that they were trained on; not closed with the ensemble
     * @return the ensemble, which the caller closes
     * @throws IllegalArgumentException as for {@link #of}, or if an adapter was trained on another model, or for another use
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static Ensemble load(List<Path> folders, BaseModel base) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            return opened.release(of(load(folders, base, opened)));
        }
    }

    static List<SequenceModel> load(List<Path> folders, BaseModel base, CloseOnFailure opened) throws IOException {
        List<SequenceModel> members = new ArrayList<>();
        for (Path folder : folders) {
            members.add(opened.add(SavedModel.require(FineTunedModel.load(folder, base), SequenceModel.class, folder)));
        }
        return members;
    }

    /** The models. */
    public List<SequenceModel> members() {
        return members;
    }

    /** The task of the first model. */
    @Override
    public TaskDescription task() {
        return members.get(0).task();
    }

    @Override
    public Optional<Boolean> pairs() {
        return members.stream().flatMap(member -> member.pairs().stream()).findFirst();
    }

    @Override
    public boolean readsImages() {
        return members.get(0).readsImages();
    }

    /** The means of the members' outputs; of classes, the logarithms of the averaged probabilities in place of logits. */
    @Override
    public double[][] outputs(List<Example> examples) {
        List<double[][]> all =
                members.stream().map(member -> member.outputs(examples)).toList();
        double[][] averaged = new double[examples.size()][];
        for (int i = 0; i < averaged.length; i++) {
            int row = i;
            List<double[]> rows = all.stream().map(outputs -> outputs[row]).toList();
            averaged[i] = task().labels().isEmpty() ? mean(rows) : logMeanSoftmax(rows);
        }
        return averaged;
    }

    /**
     * The classes of texts, pairs or images.
     *
     * @param examples as {@link #outputs} takes them
     * @return a classification per example, in their order
     * @throws IllegalArgumentException as for {@link #outputs}, or if a text is blank
     * @throws IllegalStateException if the members predict numbers
     */
    public List<Classification> predictExamples(List<Example> examples) {
        if (task().labels().isEmpty()) {
            throw new IllegalStateException(
                    "predictExamples: these models answer with numbers, expected classifiers; see outputs");
        }
        List<Classification> classes = new ArrayList<>();
        for (double[] output : outputs(readsImages() ? examples : TextScorer.requireTexts(examples))) {
            classes.add(Classification.of(output, task().labels()));
        }
        return classes;
    }

    private static double[] mean(List<double[]> rows) {
        double[] mean = new double[rows.get(0).length];
        for (int c = 0; c < mean.length; c++) {
            int column = c;
            mean[c] = rows.stream().mapToDouble(row -> row[column]).average().orElseThrow();
        }
        return mean;
    }

    /** Computes in logarithms throughout, so that unlikely classes stay finite. */
    private static double[] logMeanSoftmax(List<double[]> rows) {
        double[] result = new double[rows.get(0).length];
        double[] totals = rows.stream().mapToDouble(Ensemble::logSumExp).toArray();
        for (int c = 0; c < result.length; c++) {
            double[] logs = new double[totals.length];
            for (int k = 0; k < logs.length; k++) {
                logs[k] = rows.get(k)[c] - totals[k];
            }
            result[c] = logSumExp(logs) - Math.log(logs.length);
        }
        return result;
    }

    private static double logSumExp(double[] values) {
        double top = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            top = Math.max(top, value);
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - top);
        }
        return top + Math.log(sum);
    }

    /** Closes the models. */
    @Override
    public void close() {
        members.forEach(SequenceModel::close);
    }

    /**
     * The kind of a model's answers.
     *
     * @param labels the classes; empty for a regression
     */
    private record Answers(List<String> labels, String kind, Optional<Boolean> pairs, boolean readsImages) {

        static Answers of(SequenceModel model) {
            return new Answers(model.task().labels(), model.task().kind(), model.pairs(), model.readsImages());
        }

        boolean isLike(Answers other) {
            return labels.equals(other.labels)
                    && kind.equals(other.kind)
                    && readsImages == other.readsImages
                    && (pairs.isEmpty() || other.pairs.isEmpty() || pairs.equals(other.pairs));
        }

        @Override
        public String toString() {
            String inputs = readsImages ? "images" : pairs.orElse(false) ? "pairs of texts" : "texts";
            return (labels.isEmpty() ? "a number" : labels.stream().collect(Collectors.joining(", ", "classes ", "")))
                    + " from " + inputs;
        }
    }
}
