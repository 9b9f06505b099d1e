package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.DroppedInputs;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;

/**
 * The passes through a frozen model with adapters or none: one for training and one for inference. The first call that
 * needs a pass opens it. While checkpointing is on, opening one closes the other. For one thread.
 */
final class AdaptedPasses implements AutoCloseable {
    private final FrozenBase model;
    private final Optional<AdapterSet> adapters;
    private final Backend backend;
    private final Dropout dropout = new Dropout();
    /** Input dropout of layers outside the transformers: a head's or a projection. */
    private final DroppedInputs outside;

    private boolean checkpointing;
    private boolean isReadHere;
    private final PassFactory here;
    private PassFactory factory;
    /** The passes of {@link #training} that a factory opened. */
    private final List<ModelPass> elsewhere = new ArrayList<>();

    private Optional<FeaturePass> training = Optional.empty();
    private Optional<FeaturePass> inference = Optional.empty();

    AdaptedPasses(FrozenBase model, Optional<AdapterSet> adapters, Backend backend) {
        this.model = model;
        this.adapters = adapters;
        this.backend = backend;
        here = PassFactory.here(backend);
        factory = here;
        outside = new DroppedInputs(dropout, backend, model.dataType());
    }

    Backend backend() {
        return backend;
    }

    Dropout dropout() {
        return dropout;
    }

    /** Opens a pass through one transformer, which the caller closes. */
    ModelPass transformer(TransformerWeights weights, boolean trains) {
        Optional<PassFactory.Training> how =
                trains ? Optional.of(new PassFactory.Training(dropout, checkpointing)) : Optional.empty();
        ModelPass pass = factory.open(weights, adapters, how);
        if (trains && factory != here) {
            elsewhere.add(pass);
        }
        return pass;
    }

    /** Returns the update that is added to a layer's product outside the transformers; the caller closes it. */
    LayerUpdate update(String layer, boolean trains) {
        isReadHere |= adapters.stream().anyMatch(set -> set.find(layer).isPresent());
        LayerUpdate update = adapters.map(set -> set.use(layer, 0)).orElse(LayerUpdate.NONE);
        return trains ? outside.before(layer, update) : update;
    }

    /** Returns the pass that goes forward and backward. */
    FeaturePass training() {
        if (checkpointing) {
            closeInference();
        }
        if (training.isEmpty()) {
            training = Optional.of(model.open(this, true));
        }
        return training.get();
    }

    /** Returns the pass that only goes forward. */
    FeaturePass inference() {
        if (checkpointing) {
            closeTraining();
        }
        if (inference.isEmpty()) {
            inference = Optional.of(model.open(this, false));
        }
        return inference.get();
    }

    /** Whether this process reads dense matrices and fills their gradients; always so outside the transformers. */
    boolean readsDense() {
        return factory == here || isReadHere;
    }

    boolean areOpenedBy(PassFactory other) {
        return factory == other;
    }

    void require(PassFactory other) {
        for (TransformerWeights weights : model.transformers()) {
            other.require(weights, adapters, new PassFactory.Training(dropout, checkpointing));
        }
    }

    /** Sets the factory that opens passes, and closes the open ones. */
    void openBy(PassFactory other) {
        closeInference();
        closeTraining();
        factory = other;
    }

    /** The factory that opens passes in this process. */
    PassFactory here() {
        return here;
    }

    void beginStep() {
        dropout.nextStep();
        elsewhere.forEach(ModelPass::beginStep);
    }

    /** Adds the gradients that were collected elsewhere to the adapters' gradients, which are complete after that. */
    void endStep() {
        elsewhere.forEach(ModelPass::endStep);
    }

    /** Sets whether a training pass keeps only each layer's input; a change closes the open pass. */
    void checkpointing(boolean on) {
        if (checkpointing != on) {
            checkpointing = on;
            closeTraining();
        }
    }

    /** Begins the passes of a part of a step, and returns its place; see {@link Dropout#begin}. */
    int begin(int sequences) {
        outside.useFirst(sequences);
        return dropout.begin(sequences);
    }

    private void closeTraining() {
        training.ifPresent(FeaturePass::close);
        training = Optional.empty();
        elsewhere.clear();
    }

    private void closeInference() {
        inference.ifPresent(FeaturePass::close);
        inference = Optional.empty();
    }

    @Override
    public void close() {
        outside.close();
        closeInference();
        closeTraining();
    }
}
