package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The frozen weights of a model that embeds texts and images in one space: of each, a tower, whose head says which row is
 * read, and a projection of that row. Layers of the two have different names. Immutable; the weights stay their owner's to close.
 *
 * @param texts the tower that reads texts
 * @param textProjection [its width, dimensions]
 * @param images the tower that reads images
 * @param imageProjection [its width, dimensions]
 */
public record DualTowers(
        TransformerWeights texts,
        FrozenLinear textProjection,
        TransformerWeights images,
        FrozenLinear imageProjection) {

    /** Checks that the parts fit together. */
    public DualTowers {
        Require.argument(
                texts.model().patches().isEmpty() && images.model().patches().isPresent(),
                "two towers: expected one that reads texts and one that reads images");
        Require.argument(
                textProjection.outFeatures() == imageProjection.outFeatures()
                        && textProjection.inFeatures() == texts.model().width()
                        && imageProjection.inFeatures() == images.model().width(),
                "two towers: texts are projected from %d of %d to %d, images from %d of %d to %d",
                textProjection.inFeatures(),
                texts.model().width(),
                textProjection.outFeatures(),
                imageProjection.inFeatures(),
                images.model().width(),
                imageProjection.outFeatures());
        Require.argument(
                texts.dataType() == images.dataType(),
                "two towers: texts are of type %s, images of %s",
                texts.dataType(),
                images.dataType());
    }

    /** As {@link TransformerWeights#use}, of both towers. */
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

    /** The numbers of an embedding. */
    public int dimensions() {
        return textProjection.outFeatures();
    }

    /** The type of all weights. */
    public DataType dataType() {
        return texts.dataType();
    }

    /** The layers that can be adapted: those of both towers, and the projections. */
    public List<FrozenLinear> linearLayers() {
        List<FrozenLinear> layers = new ArrayList<>(texts.linearLayers());
        layers.add(textProjection);
        layers.addAll(images.linearLayers());
        layers.add(imageProjection);
        return List.copyOf(layers);
    }
}
