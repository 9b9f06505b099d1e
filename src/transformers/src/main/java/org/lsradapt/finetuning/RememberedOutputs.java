package org.lsradapt.finetuning;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.Example;

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
    private final Map<Input, double[]> outputs = new HashMap<>();

    private RememberedOutputs(ScoringModel model) {
        task = model.task();
        pairs = model.pairs();
        readsImages = model.readsImages();
    }

    /**
     * Asks a model.
     *
     * @param model not used any more after this
     * @param examples what it answers for
     * @throws IllegalArgumentException as {@link ScoringModel#outputs}
     */
    public static RememberedOutputs of(ScoringModel model, List<Example> examples) {
        RememberedOutputs remembered = new RememberedOutputs(model);
        double[][] all = model.outputs(examples);
        for (int i = 0; i < all.length; i++) {
            remembered.outputs.put(Input.of(examples.get(i)), all[i]);
        }
        return remembered;
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

    /**
     * Those that the model gave.
     *
     * @throws IllegalArgumentException if it was not asked for an example
     */
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
