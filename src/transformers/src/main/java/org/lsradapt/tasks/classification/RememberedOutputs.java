package org.lsradapt.tasks.classification;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * A model's outputs for some examples, kept so that a teacher answers once for several trainings and can be closed before them.
 * Immutable.
 */
public final class RememberedOutputs implements ScoringModel {
    /**
     * The model's input for an example.
     *
     * @param second null where there is one text
     */
    private record Input(String first, String second) {
        static Input of(Example example) {
            return new Input(example.first(), example.second());
        }
    }

    private final TaskDescription task;
    private final Optional<Boolean> pairs;
    private final boolean readsImages;
    private final Map<Input, double[]> outputs;

    private RememberedOutputs(ScoringModel model, Map<Input, double[]> outputs) {
        task = model.task();
        pairs = model.pairs();
        readsImages = model.readsImages();
        this.outputs = outputs;
    }

    /**
     * Computes and keeps the outputs of a model.
     *
     * @param model the model; not used after this call
     * @param examples the examples whose outputs are kept
     * @throws IllegalArgumentException as for {@link ScoringModel#outputs}
     */
    public static RememberedOutputs of(ScoringModel model, List<Example> examples) {
        Map<Input, double[]> outputs = new HashMap<>();
        double[][] all = model.outputs(examples);
        for (int i = 0; i < all.length; i++) {
            outputs.put(Input.of(examples.get(i)), all[i]);
        }
        return new RememberedOutputs(model, outputs);
    }

    /**
     * Joins the outputs of several models for different examples, such as of teachers that each answer for the examples
     * that they were not trained on.
     *
     * @param other the outputs of a model with the same labels in the same order
     * @return the outputs of both; for an example in both, this one's outputs
     * @throws IllegalArgumentException if the labels differ
     */
    public RememberedOutputs and(RememberedOutputs other) {
        Require.argument(
                task.labels().equals(other.task.labels()),
                "remembered outputs: found the labels %s, expected %s",
                other.task.labels(),
                task.labels());
        Map<Input, double[]> both = new HashMap<>(other.outputs);
        both.putAll(outputs);
        return new RememberedOutputs(this, both);
    }

    @Override
    public TaskDescription task() {
        return task;
    }

    @Override
    public Optional<Boolean> pairs() {
        return pairs;
    }

    @Override
    public boolean readsImages() {
        return readsImages;
    }

    /** The kept outputs; throws an {@link IllegalArgumentException} if there are none for an example. */
    @Override
    public double[][] outputs(List<Example> examples) {
        List<double[]> found = new ArrayList<>();
        for (Example example : examples) {
            double[] known = outputs.get(Input.of(example));
            Require.argument(
                    known != null,
                    "remembered outputs: none for \"%s\", expected an example of before",
                    example.first());
            found.add(known.clone());
        }
        return found.toArray(double[][]::new);
    }
}
