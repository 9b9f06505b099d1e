package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.encoder.kernels.Kernels;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Buffer;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Classification or regression on the first token's hidden state, as in Hugging Face's sequence classifiers: a dense layer
 * with tanh, then a linear layer to the outputs.
 *
 * <p>For BERT the dense layer is the model's pooler, frozen (left out if the model has none), and the trainable layer is
 * {@code classifier}. For RoBERTa both are trainable, {@code classifier.dense} and {@code classifier.out_proj}. Trainable
 * weights start as N(0, 0.02²), biases as 0. All trainable numbers lie in one vector.
 */
public final class SequenceHead implements AutoCloseable {
    private static final double START_DEVIATION = 0.02;

    private final Backend backend;
    private final EncoderKernels kernels;
    private final Buffer pooledMemory;
    private final Buffer scoresMemory;
    private final Buffer gradPooledMemory;
    private final Buffer gradFeaturesMemory;
    private final INDArray denseWeight;
    private final INDArray denseBias;
    private final INDArray gradDenseWeight;
    private final INDArray gradDenseBias;
    private final INDArray outWeight;
    private final INDArray outBias;
    private final INDArray gradOutWeight;
    private final INDArray gradOutBias;
    private final INDArray values;
    private final INDArray gradients;
    private final List<Parameter> parameters = new ArrayList<>();
    private INDArray features;
    private INDArray pooled;
    private long used;

    /**
     * Makes a head for an encoder.
     *
     * @param encoder the encoder, whose pooler is kept by reference
     * @param outputs number of classes, or 1 for regression
     * @param backend the matrix products
     * @param seed seed of the start
     */
    public SequenceHead(EncoderWeights encoder, int outputs, Backend backend, long seed) {
        Require.argument(outputs >= 1, "head: %d outputs, expected at least 1", outputs);
        this.backend = backend;
        int h = encoder.config().hidden();
        boolean roberta = encoder.config().family() == EncoderConfig.Family.ROBERTA;
        DataType type = encoder.dataType();
        kernels = Kernels.standard(backend, type);
        pooledMemory = new Buffer(type, h);
        scoresMemory = new Buffer(type, outputs);
        gradPooledMemory = new Buffer(type, h);
        gradFeaturesMemory = new Buffer(type, h);
        long length = (roberta ? (long) h * h + h : 0) + (long) h * outputs + outputs;
        values = Nd4j.zeros(type, length);
        gradients = Nd4j.zeros(type, length);
        String outName = roberta ? "classifier.out_proj" : "classifier";
        if (roberta) {
            Parameter weight = next("classifier.dense.weight", h, h);
            Parameter bias = next("classifier.dense.bias", h);
            denseWeight = weight.value();
            gradDenseWeight = weight.gradient();
            denseBias = bias.value();
            gradDenseBias = bias.gradient();
        } else {
            denseWeight = encoder.poolerWeight;
            denseBias = encoder.poolerBias;
            gradDenseWeight = null;
            gradDenseBias = null;
        }
        Parameter weight = next(outName + ".weight", h, outputs);
        Parameter bias = next(outName + ".bias", outputs);
        outWeight = weight.value();
        gradOutWeight = weight.gradient();
        outBias = bias.value();
        gradOutBias = bias.gradient();
        initialize(seed);
    }

    private Parameter next(String name, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        Parameter parameter =
                new Parameter(name, Views.piece(values, used, shape), Views.piece(gradients, used, shape));
        used += length;
        parameters.add(parameter);
        return parameter;
    }

    private void initialize(long seed) {
        Random random = new Random(seed);
        for (Parameter parameter : parameters) {
            if (parameter.name().endsWith(".weight")) {
                double[] start = new double[(int) parameter.count()];
                for (int i = 0; i < start.length; i++) {
                    start[i] = START_DEVIATION * random.nextGaussian();
                }
                parameter
                        .value()
                        .assign(Nd4j.createFromArray(start)
                                .castTo(values.dataType())
                                .reshape('c', parameter.value().shape()));
            }
        }
    }

    /** Whether a dense layer with tanh stands before the outputs; on a BERT without a pooler there is none. */
    public boolean hasDenseLayer() {
        return denseWeight != null;
    }

    /** Number of outputs. */
    public int outputs() {
        return (int) outBias.length();
    }

    /** The trainable arrays under their Hugging Face names, weights as [in, out]; views of {@link #values}. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    /** All trainable numbers, one vector; the storage itself. */
    public INDArray values() {
        return values;
    }

    /** All gradients in the order of {@link #values}; the storage itself. */
    public INDArray gradients() {
        return gradients;
    }

    /**
     * The outputs for a batch.
     *
     * @param firstHidden hidden states of the first tokens [n, hidden]; kept until {@link #backward}
     * @return n rows of {@link #outputs()} numbers
     */
    double[][] forward(INDArray firstHidden) {
        features = firstHidden;
        pooled = pool(firstHidden, pooledMemory);
        return score(pooled, scoresMemory);
    }

    /** Whether {@link #pool} is the base model's, the same for all of its heads. */
    boolean poolsFrozen() {
        return gradDenseWeight == null;
    }

    /** The part before the outputs, [n, hidden] to [n, hidden], in the caller's memory: threads can share a head. */
    INDArray pool(INDArray firstHidden, Buffer memory) {
        if (denseWeight == null) {
            return firstHidden;
        }
        INDArray dense = memory.rows(firstHidden.size(0));
        backend.fillRows(denseBias, dense);
        backend.gemm(firstHidden, false, denseWeight, false, 1, 1, dense);
        kernels.tanh(dense);
        return dense;
    }

    /** The outputs for what {@link #pool} gave, in the caller's memory of width {@link #outputs()}. */
    double[][] score(INDArray dense, Buffer memory) {
        int n = (int) dense.size(0);
        INDArray scores = memory.rows(n);
        backend.fillRows(outBias, scores);
        backend.gemm(dense, false, outWeight, false, 1, 1, scores);
        double[] flat = new double[n * outputs()];
        backend.read(scores, flat);
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++) {
            rows[i] = Arrays.copyOfRange(flat, i * outputs(), (i + 1) * outputs());
        }
        return rows;
    }

    /**
     * The gradients of the last {@link #forward}; overwrites {@link #gradients}.
     *
     * @param gradOutputs ∂L/∂output, one row per example
     * @param wanted whether ∂L/∂firstHidden is wanted
     * @return ∂L/∂firstHidden [n, hidden], memory of the head; null if not wanted
     */
    INDArray backward(double[][] gradOutputs, boolean wanted) {
        int n = gradOutputs.length;
        INDArray grad = scoresMemory.rows(n);
        backend.write(Stream.of(gradOutputs).flatMapToDouble(Arrays::stream).toArray(), grad);
        backend.gemm(pooled, true, grad, false, 1, 0, gradOutWeight);
        sumRows(grad, gradOutBias);
        if (gradDenseWeight == null && !wanted) {
            return null;
        }
        INDArray gradPooled = gradPooledMemory.rows(n);
        backend.gemm(grad, false, outWeight, true, 1, 0, gradPooled);
        if (denseWeight == null) {
            return gradPooled;
        }
        kernels.tanhGradient(pooled, gradPooled);
        if (gradDenseWeight != null) {
            backend.gemm(features, true, gradPooled, false, 1, 0, gradDenseWeight);
            sumRows(gradPooled, gradDenseBias);
        }
        if (!wanted) {
            return null;
        }
        INDArray gradFeatures = gradFeaturesMemory.rows(n);
        backend.gemm(gradPooled, false, denseWeight, true, 1, 0, gradFeatures);
        return gradFeatures;
    }

    private void sumRows(INDArray rows, INDArray sum) {
        int width = (int) rows.size(1);
        double[] numbers = new double[(int) rows.length()];
        backend.read(rows, numbers);
        double[] sums = new double[width];
        for (int i = 0; i < numbers.length; i++) {
            sums[i % width] += numbers[i];
        }
        backend.write(sums, sum);
    }

    @Override
    public void close() {
        values.close();
        gradients.close();
        for (Buffer buffer : new Buffer[] {pooledMemory, scoresMemory, gradPooledMemory, gradFeaturesMemory}) {
            buffer.close();
        }
    }
}
