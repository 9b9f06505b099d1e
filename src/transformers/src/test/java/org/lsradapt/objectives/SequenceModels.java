package org.lsradapt.objectives;

import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.TransformerWeights;

/** Classifiers and regressions for tests. */
public final class SequenceModels {

    private SequenceModels() {}

    /** A model with a head; the adapters may be null. */
    public static AdaptedModel of(
            TransformerWeights weights, AdapterSet adapters, SequenceHead head, Loss loss, Backend backend) {
        return new AdaptedModel(
                weights, Optional.ofNullable(adapters), SequenceObjective.of(head, loss, backend), backend);
    }
}
