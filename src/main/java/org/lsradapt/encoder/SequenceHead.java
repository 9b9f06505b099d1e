package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

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
        pooled = firstHidden;
        if (denseWeight != null) {
            INDArray z = Nd4j.createUninitialized(firstHidden.dataType(), firstHidden.shape(), 'c');
            backend.gemm(firstHidden, false, denseWeight, false, 1, 0, z);
            pooled = Transforms.tanh(z.addiRowVector(denseBias), false);
        }
        try (INDArray scores = Nd4j.createUninitialized(
                firstHidden.dataType(), new long[] {firstHidden.size(0), outputs()}, 'c')) {
            backend.gemm(pooled, false, outWeight, false, 1, 0, scores);
            double[] flat = scores.addiRowVector(outBias).data().asDouble();
            double[][] rows = new double[(int) firstHidden.size(0)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = Arrays.copyOfRange(flat, i * outputs(), (i + 1) * outputs());
            }
            return rows;
        }
    }

    /**
     * The gradients of the last {@link #forward}; overwrites {@link #gradients}.
     *
     * @param gradOutputs ∂L/∂output, one row per example
     * @param wanted whether ∂L/∂firstHidden is wanted
     * @return ∂L/∂firstHidden [n, hidden], new; null if not wanted
     */
    INDArray backward(double[][] gradOutputs, boolean wanted) {
        try (INDArray grad = Nd4j.createFromArray(gradOutputs).castTo(values.dataType())) {
            backend.gemm(pooled, true, grad, false, 1, 0, gradOutWeight);
            gradOutBias.assign(grad.sum(0));
            if (gradDenseWeight == null && !wanted) {
                return null;
            }
            INDArray gradPooled = Nd4j.createUninitialized(pooled.dataType(), pooled.shape(), 'c');
            backend.gemm(grad, false, outWeight, true, 1, 0, gradPooled);
            if (denseWeight == null) {
                return gradPooled;
            }
            gradPooled.muli(pooled.mul(pooled).rsubi(1));
            if (gradDenseWeight != null) {
                backend.gemm(features, true, gradPooled, false, 1, 0, gradDenseWeight);
                gradDenseBias.assign(gradPooled.sum(0));
            }
            if (!wanted) {
                return null;
            }
            INDArray gradFeatures = Nd4j.createUninitialized(features.dataType(), features.shape(), 'c');
            backend.gemm(gradPooled, false, denseWeight, true, 1, 0, gradFeatures);
            return gradFeatures;
        }
    }

    @Override
    public void close() {
        values.close();
        gradients.close();
    }
}
