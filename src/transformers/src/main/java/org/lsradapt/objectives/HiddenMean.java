package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The mean of the hidden states of each text's tokens, or each image's patches, in memory that it keeps. For one thread
 * at a time.
 */
public final class HiddenMean implements AutoCloseable {
    private final int width;
    private final Backend backend;
    private final Kernels kernels;
    /** One row per input. */
    private final Buffer means;

    /** One row per token. */
    private final Buffer gradient;

    /**
     * Without memory yet.
     *
     * @param model whose hidden states are read
     * @param backend copies between native memory and Java's
     */
    public HiddenMean(TransformerWeights model, Backend backend) {
        this.backend = backend;
        width = model.model().width();
        kernels = Kernels.standard(backend, model.dataType());
        means = new Buffer(model.dataType(), width);
        gradient = new Buffer(model.dataType(), width);
    }

    /**
     * The means.
     *
     * @param inputs what was read
     * @param hidden [tokens of all, width]; not modified
     * @return [inputs, width], memory of this
     */
    public INDArray forward(List<? extends ModelInput> inputs, INDArray hidden) {
        INDArray sums = means.rows(inputs.size());
        backend.clear(sums);
        kernels.scatterAddRows(hidden, owners(inputs), sums);
        divide(inputs, sums);
        return sums;
    }

    /**
     * The gradient of {@link #forward}.
     *
     * @param inputs as given to it
     * @param gradMeans ∂L/∂means; overwritten
     * @return ∂L/∂hidden [tokens of all, width], memory of this
     */
    INDArray backward(List<? extends ModelInput> inputs, INDArray gradMeans) {
        divide(inputs, gradMeans);
        int[] owners = owners(inputs);
        INDArray rows = gradient.rows(owners.length);
        kernels.gatherRows(gradMeans, owners, rows);
        return rows;
    }

    private static int tokens(ModelInput input) {
        return input.length() - input.special();
    }

    /** Of each token, whose it is. */
    private static int[] owners(List<? extends ModelInput> inputs) {
        int[] owners = new int[inputs.stream().mapToInt(HiddenMean::tokens).sum()];
        int at = 0;
        for (int i = 0; i < inputs.size(); i++) {
            for (int t = tokens(inputs.get(i)); t > 0; t--) {
                owners[at++] = i;
            }
        }
        return owners;
    }

    private void divide(List<? extends ModelInput> inputs, INDArray rows) {
        double[] numbers = new double[inputs.size() * width];
        backend.read(rows, numbers);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] /= tokens(inputs.get(i / width));
        }
        backend.write(numbers, rows);
    }

    @Override
    public void close() {
        means.close();
        gradient.close();
    }
}
