package org.lsradapt.transformer;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The first hidden states of images: the product of all patches of the share with one matrix, added to rows that are
 * the same for all images of a size (special tokens, positions and the bias).
 */
final class EmbeddedPatches implements EmbeddedInput {
    private final Embeddings.Patches parts;
    private final TransformerWeights weights;
    private final FrozenLinear projection;
    private final Backend backend;
    private final Kernels kernels;
    private final Buffer patches;
    private final Buffer product;

    EmbeddedPatches(Embeddings.Patches parts, LaneTools tools) {
        this.parts = parts;
        weights = tools.weights();
        backend = tools.backend();
        kernels = tools.kernels();
        projection = weights.projection(parts.patch());
        patches = tools.plan().scratch("patches", parts.patch().in());
        product = tools.plan().scratch("product of patches", parts.width());
    }

    @Override
    public void forward(TokenBatch batch, INDArray out) {
        List<ImageInput> images = batch.images();
        int leading = parts.leading();
        int count = batch.tokens() - images.size() * leading;
        INDArray numbers = patches.rows(count);
        int[] places = new int[count];
        int next = 0;
        for (int b = 0; b < images.size(); b++) {
            ImageInput image = images.get(b);
            int first = batch.offsets()[b];
            int[] rows = new int[image.length()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = first + i;
            }
            kernels.scatterRows(weights.imageRows(parts, image.height(), image.width()), rows, out);
            kernels.write(() -> inPatches(image), (long) next * parts.patch().in(), numbers);
            for (int i = leading; i < rows.length; i++) {
                places[next++] = rows[i];
            }
        }
        INDArray through = product.rows(count);
        projection.weight().multiply(backend, numbers, 0, through);
        kernels.scatterAddRows(through, places, out);
    }

    private float[] inPatches(ImageInput image) {
        float[] pixels = image.read();
        int size = parts.patchSize();
        int width = image.width();
        int across = width / size;
        int down = image.height() / size;
        float[] ordered = new float[down * across * parts.patch().in()];
        int to = 0;
        for (int patch = 0; patch < down * across; patch++) {
            int corner = patch / across * size * width + patch % across * size;
            for (int channel = 0; channel < parts.channels(); channel++) {
                int from = channel * image.height() * width + corner;
                for (int row = 0; row < size; row++) {
                    System.arraycopy(pixels, from + row * width, ordered, to, size);
                    to += size;
                }
            }
        }
        return ordered;
    }
}
