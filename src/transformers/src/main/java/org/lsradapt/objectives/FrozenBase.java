package org.lsradapt.objectives;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The frozen weights below an objective: one model or two towers.
 *
 * @param opened keeps the weights open while they are used; see {@link TransformerWeights#use}
 * @param passes opens a pass from what it is made of; true for a pass that also goes backward
 */
record FrozenBase(
        List<TransformerWeights> transformers,
        int width,
        List<FrozenLinear> linearLayers,
        Supplier<TransformerWeights.Use> opened,
        BiFunction<AdaptedPasses, Boolean, FeaturePass> passes) {

    /** Creates the base of one model, of which some rows are read; kept. */
    static FrozenBase of(TransformerWeights weights, Rows rows) {
        int width = weights.model().width();
        return new FrozenBase(
                List.of(weights),
                rows == Rows.FIRST_AND_MEAN ? 2 * width : width,
                weights.linearLayers(),
                weights::use,
                (passes, trains) -> FeaturePass.of(
                        passes.transformer(weights, trains),
                        weights.model(),
                        rows,
                        rows.isAveraged()
                                ? Optional.of(new MeanPooling(weights, rows, passes.backend()))
                                : Optional.empty()));
    }

    /** Creates the base of two towers; kept. */
    static FrozenBase of(DualTowers towers) {
        return new FrozenBase(
                List.of(towers.texts(), towers.images()),
                towers.dimensions(),
                towers.linearLayers(),
                towers::use,
                (passes, trains) -> new TowersPass(towers, passes, trains));
    }

    /** FLOAT or DOUBLE. */
    DataType dataType() {
        return transformers.get(0).dataType();
    }

    TransformerWeights.Use use() {
        return opened.get();
    }

    /** Opens a pass, which the caller closes. */
    FeaturePass open(AdaptedPasses opener, boolean trains) {
        return passes.apply(opener, trains);
    }
}
