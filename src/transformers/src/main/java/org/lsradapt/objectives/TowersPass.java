package org.lsradapt.objectives;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes projected embeddings of texts and images, each through its tower, in the order of the inputs. */
final class TowersPass implements FeaturePass {
    private final Side texts;
    private final Side images;
    private final Buffer features;

    TowersPass(DualTowers towers, AdaptedPasses passes, boolean trains) {
        texts = new Side(towers.texts(), towers.textProjection(), passes, trains);
        images = new Side(towers.images(), towers.imageProjection(), passes, trains);
        features = new Buffer(towers.dataType(), towers.dimensions());
    }

    /** A tower with its projection, if it has one. */
    private static final class Side implements AutoCloseable {
        private final FeaturePass pass;
        private final Optional<FrozenLinear> projection;
        private final LayerUpdate update;
        private final Backend backend;
        private final Kernels kernels;
        private final Buffer projected;
        private final Buffer gradHidden;
        /** The indices of its inputs in the last batch. */
        private int[] places = {};

        private INDArray hidden;

        Side(TransformerWeights weights, Optional<FrozenLinear> projection, AdaptedPasses passes, boolean trains) {
            DataType type = weights.dataType();
            pass = FeaturePass.of(
                    passes.transformer(weights, trains),
                    weights.model(),
                    Rows.of(weights.model().head().row()),
                    Optional.empty());
            this.projection = projection;
            backend = passes.backend();
            kernels = Kernels.standard(backend, type);
            update =
                    projection.map(layer -> passes.update(layer.name(), trains)).orElse(LayerUpdate.NONE);
            int width = weights.model().width();
            projected =
                    new Buffer(type, projection.map(FrozenLinear::outFeatures).orElse(width));
            gradHidden = new Buffer(type, width);
        }

        void forward(List<? extends ModelInput> inputs, int[] own, INDArray out) {
            places = own;
            if (own.length == 0) {
                return;
            }
            hidden = pass.forward(
                    IntStream.of(own).<ModelInput>mapToObj(inputs::get).toList());
            if (projection.isEmpty()) {
                kernels.scatterRows(hidden, own, out);
                return;
            }
            INDArray rows = projected.rows(own.length);
            projection.get().apply(backend, hidden, rows);
            update.forward(IntStream.rangeClosed(0, own.length).toArray(), hidden, rows);
            kernels.scatterRows(rows, own, out);
        }

        void backward(INDArray gradient) {
            if (places.length == 0) {
                return;
            }
            INDArray rows = projected.rows(places.length);
            kernels.gatherRows(gradient, places, rows);
            if (projection.isEmpty()) {
                pass.backward(rows);
                return;
            }
            INDArray grad = gradHidden.rows(places.length);
            projection.get().weight().multiplyTransposed(backend, rows, 0, grad);
            update.backward(hidden, rows, grad);
            pass.backward(grad);
        }

        @Override
        public void close() {
            pass.close();
            update.close();
            projected.close();
            gradHidden.close();
        }
    }

    @Override
    public INDArray forward(List<? extends ModelInput> inputs) {
        INDArray out = features.rows(inputs.size());
        texts.forward(inputs, places(inputs, false), out);
        images.forward(inputs, places(inputs, true), out);
        return out;
    }

    private static int[] places(List<? extends ModelInput> inputs, boolean ofImages) {
        return IntStream.range(0, inputs.size())
                .filter(i -> inputs.get(i) instanceof ImageInput == ofImages)
                .toArray();
    }

    @Override
    public void backward(INDArray gradient) {
        texts.backward(gradient);
        images.backward(gradient);
    }

    @Override
    public void close() {
        texts.close();
        images.close();
        features.close();
    }
}
