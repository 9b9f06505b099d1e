package org.lsradapt.runs;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.training.Predictions;

/**
 * An experiment on examples with labels, which are compared with a model's outputs.
 *
 * @param <M> the trained model
 */
abstract class LabelExperiment<M extends FineTunedModel> extends Experiment<M> {
    private final LabelledRunData data;

    LabelExperiment(RunSettings settings, LabelledRunData data, FrozenModel base, int usualLength) {
        super(settings, base, usualLength);
        this.data = data;
    }

    final LabelledRunData data() {
        return data;
    }

    /** Returns the data of a seed, with held-out training examples if the settings say so. */
    final LabelledRunData used(One one) {
        return choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
    }

    /** Returns a model's outputs for the evaluation examples; empty if they were not computed. */
    abstract Optional<double[][]> outputs(M model);

    @Override
    final Map<String, Double> metrics(M model) {
        return metrics(outputs(model).orElseThrow());
    }

    final Map<String, Double> metrics(double[][] outputs) {
        return data.task().evaluate(data.data().evaluation(), outputs);
    }

    @Override
    final Outcome outcome(M model) {
        Optional<double[][]> outputs = outputs(model);
        return new Outcome(
                choosesElsewhere() ? outputs.map(this::metrics) : Optional.empty(),
                outputs.flatMap(this::predictions),
                Optional.empty());
    }

    /** Returns a classifier's predictions for the evaluation examples; empty for a regression. */
    private Optional<Predictions> predictions(double[][] outputs) {
        List<Example> examples = data.data().evaluation();
        return Predictions.of(data.task(), examples, outputs)
                .map(all -> data.augmentation().isPresent()
                        ? all.ofImages(examples.stream().map(Example::first).toList())
                        : all.ofTexts(
                                examples.stream().map(LabelExperiment::text).toList()));
    }

    private static String text(Example example) {
        return example.second() == null ? example.first() : example.first() + " / " + example.second();
    }
}
