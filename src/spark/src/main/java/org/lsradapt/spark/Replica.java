package org.lsradapt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.inputs.ModelInput;

/** An executor's copy of the model of a training, for one task at a time; frozen weights are shared by all copies. */
final class Replica implements AutoCloseable {
    private static final Backend BACKEND = Backends.standard();

    /**
     * Everything an executor needs to copy a training's model.
     *
     * @param files adapters and head; each step replaces their numbers
     * @param classWeights empty if all classes have equal weight
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Task(BaseReference base, AdapterFiles files, double[] classWeights, long seed) implements Serializable {}

    private final Task task;
    private final AdapterSet adapters;
    private final SequenceHead head;
    private final AdaptedModel adapted;
    private final AdaptedModel headAlone;

    Replica(Task task) throws IOException {
        this.task = task;
        BaseModel base = WorkerModels.base(task.base());
        try (SavedAdapter saved = task.files().load()) {
            saved.requireBase(base.name(), base.fingerprint());
            adapters = saved.adapters(base.linearLayers(), BACKEND);
            head = saved.head(base.weights()).orElseThrow();
        }
        SequenceObjective objective = task.classWeights().length > 0
                ? SequenceObjective.weighted(head, task.classWeights(), BACKEND)
                : SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND);
        adapted = new AdaptedModel(base.weights(), adapters, objective, BACKEND);
        headAlone = adapted.with(Optional.empty());
    }

    /** Computes the share's gradients for the values of the blocks: adapters and head, or only the head. */
    Share.Result gradients(Share share, float[][] parameters) {
        AdaptedModel model = with(parameters);
        model.dropout(share.dropout(), task.seed(), share.step() - 1L);
        model.beginStep();
        double loss = 0;
        for (Share.Piece piece : share.pieces()) {
            model.skip(piece.before());
            if (!piece.targets().isEmpty()) {
                loss += model.addGradients(piece.inputs(), piece.targets(), share.weight());
            }
            model.skip(piece.behind());
        }
        model.endStep();
        return new Share.Result(
                loss,
                Blocks.read(model.trainable().stream().map(Parameter::gradient).toList()));
    }

    double[][] outputs(List<ModelInput> inputs, float[][] parameters) {
        return with(parameters).predict(inputs);
    }

    private AdaptedModel with(float[][] parameters) {
        AdaptedModel model = parameters.length == 1 ? headAlone : adapted;
        Blocks.write(
                parameters, model.trainable().stream().map(Parameter::value).toList());
        return model;
    }

    @Override
    public void close() {
        headAlone.close();
        adapted.close();
        head.close();
        adapters.close();
    }
}
