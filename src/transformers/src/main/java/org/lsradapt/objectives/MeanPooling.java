package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the mean of the hidden states of each text's tokens or each image's patches, in memory that it keeps. If a
 * head also reads the first token, its state comes before the mean. For one thread at a time.
 */
public final class MeanPooling implements AutoCloseable {
    private final int width;
    /** Whether the first token's state comes before the mean. */
    private final boolean first;

    private final Backend backend;
    private final Kernels kernels;
    /**
     * One row per input. With first tokens: their rows, then the rows of the means, then one that collects the unread
     * states.
     */
    private final Buffer parts;

    /** One row per input. */
    private final Buffer features;

    /** One row per token. */
    private final Buffer gradient;

    /**
     * Creates a mean; it allocates memory when it is used.
     *
     * @param model the model whose hidden states are read
     * @param rows {@link Rows#MEAN} or {@link Rows#FIRST_AND_MEAN}
     * @param backend copies between native memory and Java's
     */
    public MeanPooling(TransformerWeights model, Rows rows, Backend backend) {
        this(model.model().width(), model.dataType(), rows == Rows.FIRST_AND_MEAN, backend);
    }

    MeanPooling(int width, DataType type, boolean first, Backend backend) {
        this.width = width;
        this.first = first;
        this.backend = backend;
        kernels = Kernels.standard(backend, type);
        parts = new Buffer(type, width);
        features = new Buffer(type, first ? 2 * width : width);
        gradient = new Buffer(type, width);
    }

    /**
     * Computes the means.
     *
     * @param hidden hidden states of all inputs [rows, width]; not modified
     * @return [inputs, width], or with first tokens [inputs, 2·width]; memory of this object
     */
    public INDArray forward(List<? extends ModelInput> inputs, INDArray hidden) {
        INDArray out = features.rows(inputs.size());
        backend.write(means(inputs, hidden), out);
        return out;
    }

    /** Returns the result of {@link #forward} before it is rounded to the model's type; new. */
    double[] means(List<? extends ModelInput> inputs, INDArray hidden) {
        int n = inputs.size();
        INDArray sums = parts.rows(first ? 2 * n + 1 : n);
        backend.clear(sums);
        kernels.scatterAddRows(hidden, owners(inputs), sums);
        double[] numbers = new double[(int) sums.length()];
        backend.read(sums, numbers);
        divide(inputs, numbers, first ? n : 0);
        double[] read = first ? new double[2 * n * width] : numbers;
        for (int i = 0; first && i < n; i++) {
            System.arraycopy(numbers, i * width, read, 2 * i * width, width);
            System.arraycopy(numbers, (n + i) * width, read, (2 * i + 1) * width, width);
        }
        return read;
    }

    /** Returns ∂L/∂hidden of all inputs [rows, width], memory of this object; ∂L/∂features is not modified. */
    INDArray backward(List<? extends ModelInput> inputs, INDArray gradFeatures) {
        double[] read = new double[(int) gradFeatures.length()];
        backend.read(gradFeatures, read);
        return spread(inputs, read);
    }

    /** Computes the result of {@link #backward} from an array, which it overwrites. */
    INDArray spread(List<? extends ModelInput> inputs, double[] read) {
        int n = inputs.size();
        double[] numbers = first ? new double[(2 * n + 1) * width] : read;
        for (int i = 0; first && i < n; i++) {
            System.arraycopy(read, 2 * i * width, numbers, i * width, width);
            System.arraycopy(read, (2 * i + 1) * width, numbers, (n + i) * width, width);
        }
        divide(inputs, numbers, first ? n : 0);
        INDArray shares = parts.rows(first ? 2 * n + 1 : n);
        backend.write(numbers, shares);
        int[] owners = owners(inputs);
        INDArray rows = gradient.rows(owners.length);
        kernels.gatherRows(shares, owners, rows);
        return rows;
    }

    private static int tokens(ModelInput input) {
        return input.length() - input.special();
    }

    /** Returns for each hidden state the row of {@link #parts} that it is added to. */
    private int[] owners(List<? extends ModelInput> inputs) {
        int n = inputs.size();
        int[] owners = new int
                [inputs.stream()
                        .mapToInt(input -> first ? input.length() : tokens(input))
                        .sum()];
        int at = 0;
        for (int i = 0; i < n; i++) {
            if (first) {
                Arrays.fill(owners, at, at + inputs.get(i).special(), 2 * n);
                owners[at] = i;
                at += inputs.get(i).special();
            }
            int end = at + tokens(inputs.get(i));
            Arrays.fill(owners, at, end, first ? n + i : i);
            at = end;
        }
        return owners;
    }

    /** Divides the rows of means, which start at the given row, by the token counts. */
    private void divide(List<? extends ModelInput> inputs, double[] numbers, int from) {
        for (int i = from * width; i < (from + inputs.size()) * width; i++) {
            numbers[i] /= tokens(inputs.get(i / width - from));
        }
    }

    @Override
    public void close() {
        parts.close();
        features.close();
        gradient.close();
    }
}
