package org.lsradapt.spark.internal;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.inputs.ModelInput;

/** An executor's copy of the model of a training, for one task at a time; frozen weights are shared by all copies. */
public final class Replica implements AutoCloseable {
    private static final Backend BACKEND = Backends.standard();

    /**
     * Everything an executor needs to copy a training's model.
     *
     * @param files adapters and head; each step replaces their numbers
     * @param heads makes the objective of the head, if there is one
     */
    record Task(BaseReference base, AdapterFiles files, ReplicaLosses.OfHead heads, long seed)
            implements Serializable {}

    private final Task task;
    private final AdapterSet adapters;
    private final Optional<SequenceHead> head;
    private final AdaptedModel adapted;
    private final Optional<AdaptedModel> headAlone;

    Replica(Task task) throws IOException {
        this.task = task;
        BaseModel base = WorkerModels.base(task.base());
        Objective objective;
        try (SavedAdapter saved = task.files().load()) {
            AdapterCard card = saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
            adapters = saved.adapters(base.linearLayers(), BACKEND);
            head = saved.head(base.weights());
            objective = card.embedding()
                    .<Objective>map(settings -> new EmbeddingObjective(
                            base.weights(),
                            settings.pooling(),
                            settings.normalized(),
                            EmbeddingLoss.ofGradients(),
                            BACKEND))
                    .orElseGet(() -> task.heads().objective(head.orElseThrow()));
        }
        adapted = new AdaptedModel(base.weights(), adapters, objective, BACKEND);
        headAlone = head.map(trained -> adapted.with(Optional.empty()));
    }

    /** Computes the share's gradients for the values of the blocks: adapters and head, or only one of them. */
    Share.Result gradients(Share share, float[][] parameters) {
        AdaptedModel model = with(parameters);
        double[] loss = {0};
        step(model, share, piece -> {
            if (!piece.targets().isEmpty()) {
                loss[0] += model.addGradients(piece.inputs(), piece.targets(), share.weight());
            }
        });
        return new Share.Result(
                loss[0],
                Blocks.read(model.trainable().stream().map(Parameter::gradient).toList()));
    }

    /** Computes the outputs of each of the share's pieces as its step does, with dropout. */
    double[][][] outputs(Share share, float[][] parameters) {
        AdaptedModel model = with(parameters);
        List<double[][]> outputs = new ArrayList<>();
        step(
                model,
                share,
                piece ->
                        outputs.add(piece.targets().isEmpty() ? new double[0][] : model.outputsOfStep(piece.inputs())));
        return outputs.toArray(double[][][]::new);
    }

    /** Begins a step, lends each piece in its place, and ends the step. */
    private void step(AdaptedModel model, Share share, Consumer<Share.Piece> use) {
        model.dropout(share.dropout(), task.seed(), share.step() - 1L);
        model.beginStep();
        for (Share.Piece piece : share.pieces()) {
            model.skip(piece.before());
            use.accept(piece);
            model.skip(piece.behind());
        }
        model.endStep();
    }

    double[][] outputs(List<ModelInput> inputs, float[][] parameters) {
        return with(parameters).predict(inputs);
    }

    private AdaptedModel with(float[][] parameters) {
        AdaptedModel model = parameters.length == 1 ? headAlone.orElse(adapted) : adapted;
        Blocks.write(
                parameters, model.trainable().stream().map(Parameter::value).toList());
        return model;
    }

    @Override
    public void close() {
        headAlone.ifPresent(AdaptedModel::close);
        adapted.close();
        head.ifPresent(SequenceHead::close);
        adapters.close();
    }
}
