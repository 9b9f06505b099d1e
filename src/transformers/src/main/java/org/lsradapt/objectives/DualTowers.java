package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The frozen weights of a model that embeds texts and images in one space. Each tower's head says which row is read; a
 * projection of that row may follow. Layers of the two towers have different names. Immutable; the owner of the weights
 * closes them.
 *
 * @param textProjection [width of the text tower, dimensions]; empty if embeddings are as wide as the tower
 */
public record DualTowers(
        TransformerWeights texts,
        Optional<FrozenLinear> textProjection,
        TransformerWeights images,
        Optional<FrozenLinear> imageProjection) {

    /** Checks that the parts fit together. */
    public DualTowers {
        Require.argument(
                texts.model().patches().isEmpty() && images.model().patches().isPresent(),
                "two towers: expected one that reads texts and one that reads images");
        Require.argument(
                outputs(texts, textProjection) == outputs(images, imageProjection)
                        && inputs(texts, textProjection) == texts.model().width()
                        && inputs(images, imageProjection) == images.model().width(),
                "two towers: texts are projected from %d of %d to %d, images from %d of %d to %d",
                inputs(texts, textProjection),
                texts.model().width(),
                outputs(texts, textProjection),
                inputs(images, imageProjection),
                images.model().width(),
                outputs(images, imageProjection));
        Require.argument(
                texts.dataType() == images.dataType(),
                "two towers: texts are of type %s, images of %s",
                texts.dataType(),
                images.dataType());
    }

    private static int inputs(TransformerWeights tower, Optional<FrozenLinear> projection) {
        return projection.map(FrozenLinear::inFeatures).orElse(tower.model().width());
    }

    private static int outputs(TransformerWeights tower, Optional<FrozenLinear> projection) {
        return projection.map(FrozenLinear::outFeatures).orElse(tower.model().width());
    }

    /** Keeps both towers open while they are used; see {@link TransformerWeights#use}. */
    public TransformerWeights.Use use() {
        TransformerWeights.Use first = texts.use();
        try {
            TransformerWeights.Use second = images.use();
            return () -> {
                second.close();
                first.close();
            };
        } catch (IllegalStateException e) {
            first.close();
            throw e;
        }
    }

    /** The length of an embedding. */
    public int dimensions() {
        return outputs(texts, textProjection);
    }

    /** The type of all weights. */
    public DataType dataType() {
        return texts.dataType();
    }

    /** The layers that can be adapted: those of both towers, and the projections. */
    public List<FrozenLinear> linearLayers() {
        List<FrozenLinear> layers = new ArrayList<>(texts.linearLayers());
        textProjection.ifPresent(layers::add);
        layers.addAll(images.linearLayers());
        imageProjection.ifPresent(layers::add);
        return List.copyOf(layers);
    }
}
