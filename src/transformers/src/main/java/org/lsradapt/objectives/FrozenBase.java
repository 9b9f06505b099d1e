package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/** The frozen weights below an objective: one model or two towers. */
interface FrozenBase {

    /** The transformers that its passes go through. */
    List<TransformerWeights> transformers();

    /** The number of columns of the features. */
    int width();

    /** FLOAT or DOUBLE. */
    DataType dataType();

    /** Keeps the weights open while they are used; see {@link TransformerWeights#use}. */
    TransformerWeights.Use use();

    /** The layers that can be adapted. */
    List<FrozenLinear> linearLayers();

    /**
     * Opens a pass.
     *
     * @param passes opens the transformers and updates that the pass is made of
     * @param trains whether the pass also goes backward
     * @return the pass, which the caller closes
     */
    FeaturePass open(AdaptedPasses passes, boolean trains);

    /**
     * One model.
     *
     * @param weights its weights; kept
     * @param rows which hidden states are read
     */
    record One(TransformerWeights weights, Rows rows) implements FrozenBase {
        @Override
        public List<TransformerWeights> transformers() {
            return List.of(weights);
        }

        @Override
        public int width() {
            int width = weights.model().width();
            return rows == Rows.FIRST_AND_MEAN ? 2 * width : width;
        }

        @Override
        public DataType dataType() {
            return weights.dataType();
        }

        @Override
        public TransformerWeights.Use use() {
            return weights.use();
        }

        @Override
        public List<FrozenLinear> linearLayers() {
            return weights.linearLayers();
        }

        @Override
        public FeaturePass open(AdaptedPasses passes, boolean trains) {
            return FeaturePass.of(passes.transformer(weights, trains), weights, rows, passes.backend());
        }
    }

    /**
     * Two towers.
     *
     * @param towers their weights; kept
     */
    record Two(DualTowers towers) implements FrozenBase {
        @Override
        public List<TransformerWeights> transformers() {
            return List.of(towers.texts(), towers.images());
        }

        @Override
        public int width() {
            return towers.dimensions();
        }

        @Override
        public DataType dataType() {
            return towers.dataType();
        }

        @Override
        public TransformerWeights.Use use() {
            return towers.use();
        }

        @Override
        public List<FrozenLinear> linearLayers() {
            return towers.linearLayers();
        }

        @Override
        public FeaturePass open(AdaptedPasses passes, boolean trains) {
            return new TowersPass(towers, passes, trains);
        }
    }
}
