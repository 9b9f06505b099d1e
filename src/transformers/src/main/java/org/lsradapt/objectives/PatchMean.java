package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The mean of the hidden states of each image's patches, in memory that it keeps. For one thread at a time. */
public final class PatchMean implements AutoCloseable {
    private final int width;
    private final Backend backend;
    private final Kernels kernels;
    /** One row per image. */
    private final Buffer means;

    /** One row per patch. */
    private final Buffer gradient;

    /**
     * Without memory yet.
     *
     * @param model whose hidden states are read
     * @param backend copies between native memory and Java's
     */
    public PatchMean(TransformerWeights model, Backend backend) {
        this.backend = backend;
        width = model.model().width();
        kernels = Kernels.standard(backend, model.dataType());
        means = new Buffer(model.dataType(), width);
        gradient = new Buffer(model.dataType(), width);
    }

    /**
     * The means.
     *
     * @param images what was read
     * @param hidden [patches of all, width]; not modified
     * @return [images, width], memory of this
     */
    public INDArray forward(List<? extends ModelInput> images, INDArray hidden) {
        INDArray sums = means.rows(images.size());
        backend.clear(sums);
        kernels.scatterAddRows(hidden, owners(images), sums);
        divide(images, sums);
        return sums;
    }

    /**
     * The gradient of {@link #forward}.
     *
     * @param images as given to it
     * @param gradMeans ∂L/∂means; overwritten
     * @return ∂L/∂hidden [patches of all, width], memory of this
     */
    INDArray backward(List<? extends ModelInput> images, INDArray gradMeans) {
        divide(images, gradMeans);
        int[] owners = owners(images);
        INDArray rows = gradient.rows(owners.length);
        kernels.gatherRows(gradMeans, owners, rows);
        return rows;
    }

    private static int patches(ModelInput image) {
        return image.length() - image.special();
    }

    /** Of each patch, whose it is. */
    private static int[] owners(List<? extends ModelInput> images) {
        int[] owners = new int[images.stream().mapToInt(PatchMean::patches).sum()];
        int at = 0;
        for (int i = 0; i < images.size(); i++) {
            for (int t = patches(images.get(i)); t > 0; t--) {
                owners[at++] = i;
            }
        }
        return owners;
    }

    private void divide(List<? extends ModelInput> images, INDArray rows) {
        double[] numbers = new double[images.size() * width];
        backend.read(rows, numbers);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] /= patches(images.get(i / width));
        }
        backend.write(numbers, rows);
    }

    @Override
    public void close() {
        means.close();
        gradient.close();
    }
}
