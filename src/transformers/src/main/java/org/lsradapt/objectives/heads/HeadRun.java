package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.parts.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes a head, forward and backward, in memory that it keeps. For one thread at a time. */
final class HeadRun implements AutoCloseable {
    private final SequenceHead head;
    private final LayerUpdate update;
    private final Backend backend;
    private final Kernels kernels;
    /** The dense product, later its activation's derivative. */
    private final Buffer dense;

    private final Buffer active;
    private final Buffer normalized;
    private final Buffer inverseDeviations;
    private final Buffer gradActive;
    private final Buffer gradFeatures;
    private final Buffer scores;
    private INDArray features;
    private INDArray read;

    /** Creates the memory for a head; closes {@code update}, that of a dense layer of the base model. */
    HeadRun(SequenceHead head, LayerUpdate update, Backend backend) {
        this.head = head;
        this.update = update;
        this.backend = backend;
        kernels = Kernels.standard(backend, head.values().dataType());
        int width = head.model().model().width();
        int read = head.part().features(width);
        dense = new Buffer(head.values().dataType(), width);
        active = new Buffer(head.values().dataType(), width);
        normalized = new Buffer(head.values().dataType(), width);
        inverseDeviations = new Buffer(head.values().dataType(), 1);
        gradActive = new Buffer(head.values().dataType(), read);
        gradFeatures = new Buffer(head.values().dataType(), width);
        scores = new Buffer(head.values().dataType(), head.outputs());
    }

    /** Computes the outputs, a row for each hidden state [n, width]; {@link #backward} reads the states again. */
    double[][] forward(INDArray hidden) {
        features = hidden;
        read = hidden;
        Activation activation =
                head.part().dense().map(part -> part.activation()).orElse(null);
        if (head.frozenDense().isPresent() || head.trainedDense().isPresent()) {
            INDArray z = dense.rows(hidden.size(0));
            INDArray bias = denseProduct(hidden, z);
            read = active.rows(hidden.size(0));
            kernels.activate(activation, z, bias, read, true);
        }
        head.trainedNorm().ifPresent(norm -> normalize(norm.weights()));
        return score(read, scores, head, backend);
    }

    /** Normalizes the input of the last layer in place. */
    private void normalize(NormWeights norm) {
        long rows = read.size(0);
        kernels.addNormalize(read, null, null, null, norm, read, normalized.rows(rows), inverseDeviations.vector(rows));
    }

    /** Sets z to the dense layer's product without its bias, and returns the bias, or null. */
    private INDArray denseProduct(INDArray hidden, INDArray z) {
        if (head.frozenDense().isPresent()) {
            FrozenLinear layer = head.frozenDense().get();
            layer.weight().multiply(backend, hidden, 0, z);
            update.forward(rows(hidden), hidden, z);
            return layer.bias().orElse(null);
        }
        SequenceHead.Layer layer = head.trainedDense().orElseThrow();
        backend.gemm(hidden, false, layer.weight().value(), false, 1, 0, z);
        return layer.bias() == null ? null : layer.bias().value();
    }

    /** The bounds of each sequence's rows: one row per sequence. */
    private static int[] rows(INDArray hidden) {
        return IntStream.rangeClosed(0, (int) hidden.size(0)).toArray();
    }

    /** Computes the outputs from the last layer's input in the caller's memory, as wide as the outputs. */
    static double[][] score(INDArray read, Buffer memory, SequenceHead head, Backend backend) {
        int n = (int) read.size(0);
        int width = head.outputs();
        INDArray out = memory.rows(n);
        SequenceHead.Layer layer = head.output();
        if (layer.bias() != null) {
            backend.fillRows(layer.bias().value(), out);
        }
        backend.gemm(read, false, layer.weight().value(), false, 1, layer.bias() == null ? 0 : 1, out);
        double[] flat = new double[n * width];
        backend.read(out, flat);
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++) {
            rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
        }
        return rows;
    }

    /** Adds the head's gradients of the last {@link #forward}; returns ∂L/∂hidden [n, width], memory of this run, null if not wanted. */
    INDArray backward(double[][] gradOutputs, boolean wanted) {
        int n = gradOutputs.length;
        INDArray grad = scores.rows(n);
        backend.write(Stream.of(gradOutputs).flatMapToDouble(Arrays::stream).toArray(), grad);
        collect(head.output(), read, grad);
        boolean trained = head.trainedDense().isPresent();
        if (!wanted && !trained && !update.trains()) {
            return null;
        }
        INDArray gradRead = gradActive.rows(n);
        backend.gemm(grad, false, head.output().weight().value(), true, 1, 0, gradRead);
        if (!trained && head.frozenDense().isEmpty()) {
            return gradRead;
        }
        head.trainedNorm().ifPresent(norm -> backward(norm, gradRead));
        kernels.multiply(dense.rows(n), gradRead);
        if (trained) {
            collect(head.trainedDense().get(), features, gradRead);
        }
        INDArray gradHidden = wanted ? gradFeatures.rows(n) : null;
        if (wanted && trained) {
            backend.gemm(gradRead, false, head.trainedDense().get().weight().value(), true, 1, 0, gradHidden);
        } else if (wanted) {
            head.frozenDense().get().weight().multiplyTransposed(backend, gradRead, 0, gradHidden);
        }
        update.backward(features, gradRead, gradHidden);
        return gradHidden;
    }

    /** Turns the gradient of a normalization's output into its input's, and collects those of its weights. */
    private void backward(SequenceHead.TrainedNorm norm, INDArray gradient) {
        INDArray kept = normalized.rows(gradient.size(0));
        INDArray product = gradFeatures.rows(gradient.size(0));
        kernels.add(gradient, null, null, product);
        kernels.multiply(kept, product);
        addSums(product, norm.weight());
        if (norm.bias() != null) {
            addSums(gradient, norm.bias());
        }
        kernels.normalizeGradient(
                gradient, norm.weights(), kept, inverseDeviations.vector(gradient.size(0)), null, gradient);
    }

    private void collect(SequenceHead.Layer layer, INDArray x, INDArray grad) {
        backend.gemm(x, true, grad, false, 1, 1, layer.weight().gradient());
        if (layer.bias() != null) {
            addSums(grad, layer.bias());
        }
    }

    private void addSums(INDArray rows, Parameter parameter) {
        int width = (int) rows.size(1);
        double[] numbers = new double[(int) rows.length()];
        double[] sums = new double[width];
        backend.read(parameter.gradient(), sums);
        backend.read(rows, numbers);
        for (int i = 0; i < numbers.length; i++) {
            sums[i % width] += numbers[i];
        }
        backend.write(sums, parameter.gradient());
    }

    @Override
    public void close() {
        for (Buffer buffer :
                new Buffer[] {dense, active, normalized, inverseDeviations, gradActive, gradFeatures, scores}) {
            buffer.close();
        }
        update.close();
    }
}
