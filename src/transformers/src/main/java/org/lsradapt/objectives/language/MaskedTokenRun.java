package org.lsradapt.objectives.language;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Objective;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the head of a masked language model for selected rows, forward and backward, in memory that it keeps. For
 * one thread at a time.
 */
final class MaskedTokenRun implements Objective.Run {
    private final MaskedTokenHead head;
    private final double smoothing;
    private final Backend backend;
    private final Kernels kernels;
    private final VocabularyLoss vocabulary;
    /** Hidden states of the rows, later their gradient. */
    private final Buffer rows;
    /** The dense product, later its activation's derivative. */
    private final Buffer dense;

    private final Buffer active;
    private final Buffer normalized;
    private final Buffer inverseDeviations;
    /** The gradient of all hidden states. */
    private final Buffer gradient;

    MaskedTokenRun(MaskedTokenHead head, double smoothing, Backend backend) {
        this.head = head;
        this.smoothing = smoothing;
        this.backend = backend;
        TransformerWeights model = head.model();
        DataType type = model.dataType();
        kernels = Kernels.standard(backend, type);
        vocabulary =
                new VocabularyLoss(model.embeddingWeight().orElseThrow(), head.bias(), OptionalDouble.empty(), backend);
        int width = model.model().width();
        int own = head.part().dense().out();
        rows = new Buffer(type, width);
        dense = new Buffer(type, own);
        active = new Buffer(type, own);
        normalized = new Buffer(type, own);
        inverseDeviations = new Buffer(type, 1);
        gradient = new Buffer(type, width);
    }

    /** The rows of the hidden tokens of some sequences, and the tokens themselves. */
    static final class Hidden {
        private final List<Integer> rows = new ArrayList<>();
        private final List<Integer> tokens = new ArrayList<>();
        private final int[] counts;
        private final int vocabulary;

        Hidden(List<? extends ModelInput> sequences, MaskedTokenHead head) {
            vocabulary = head.part().vocabulary();
            counts = new int[sequences.size()];
            int from = 0;
            for (int i = 0; i < counts.length; i++) {
                int[] labels = ((TokenSequence) sequences.get(i)).labels();
                for (int t = 0; t < labels.length; t++) {
                    if (labels[t] != TokenSequence.UNLABELLED) {
                        requireToken(labels[t]);
                        rows.add(from + t);
                        tokens.add(labels[t]);
                        counts[i]++;
                    }
                }
                Require.argument(
                        counts[i] > 0,
                        "masked language model: a sequence of %d tokens has none that is hidden, expected one at least",
                        sequences.get(i).length());
                from += sequences.get(i).length();
            }
        }

        private void requireToken(int token) {
            Require.argument(
                    token >= 0 && token < vocabulary,
                    "masked language model: label %d of a token, expected a token id from 0 to %d, or %d for none",
                    token,
                    vocabulary - 1,
                    TokenSequence.UNLABELLED);
        }

        int[] rows() {
            return rows.stream().mapToInt(Integer::intValue).toArray();
        }

        int[] targets() {
            return tokens.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** Returns for each sequence Σ −log p of its hidden tokens, their number, and how many have the top logit. */
    @Override
    public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
        Hidden hidden = new Hidden(sequences, head);
        int[] targets = hidden.targets();
        boolean[] right = new boolean[targets.length];
        double[] losses = vocabulary.losses(transform(features, hidden.rows(), false), targets, 0, 0, null, right);
        double[][] outputs = new double[sequences.size()][3];
        int at = 0;
        for (int i = 0; i < outputs.length; i++) {
            for (int t = 0; t < hidden.counts[i]; t++) {
                outputs[i][0] += losses[at];
                outputs[i][2] += right[at] ? 1 : 0;
                at++;
            }
            outputs[i][1] = hidden.counts[i];
        }
        return outputs;
    }

    @Override
    public Objective.Part loss(Objective.Batch batch, INDArray features, double total, boolean wanted) {
        Hidden hidden = new Hidden(batch.sequences(), head);
        int[] which = hidden.rows();
        INDArray read = transform(features, which, wanted);
        INDArray gradRead = wanted ? vocabulary.gradient(which.length) : null;
        double sum = 0;
        for (double loss : vocabulary.losses(read, hidden.targets(), smoothing, 1 / total, gradRead)) {
            sum += loss;
        }
        return new Objective.Part(sum / total, wanted ? gradient(which, features.size(0)) : null);
    }

    @Override
    public void openVocabularyBy(PassFactory factory) {
        vocabulary.openBy(factory);
    }

    private INDArray transform(INDArray hidden, int[] which, boolean keeps) {
        int n = which.length;
        INDArray x = rows.rows(n);
        kernels.gatherRows(hidden, which, x);
        INDArray z = dense.rows(n);
        head.dense().multiply(backend, x, 0, z);
        INDArray read = active.rows(n);
        kernels.activate(head.part().activation(), z, head.denseBias(), read, keeps);
        kernels.addNormalize(
                read,
                null,
                null,
                null,
                head.norm(),
                read,
                keeps ? normalized.rows(n) : null,
                keeps ? inverseDeviations.vector(n) : null);
        return read;
    }

    /** Returns the gradient of all hidden states [tokens, width], of which some were read; memory of this object. */
    private INDArray gradient(int[] which, long tokens) {
        int n = which.length;
        INDArray gradRead = vocabulary.gradient(n);
        kernels.normalizeGradient(
                gradRead, head.norm(), normalized.rows(n), inverseDeviations.vector(n), null, gradRead);
        kernels.multiply(dense.rows(n), gradRead);
        INDArray gradRows = rows.rows(n);
        head.dense().multiplyTransposed(backend, gradRead, 0, gradRows);
        INDArray all = gradient.rows(tokens);
        backend.clear(all);
        kernels.scatterRows(gradRows, which, all);
        return all;
    }

    @Override
    public void close() {
        List.of(rows, dense, active, normalized, inverseDeviations, gradient).forEach(Buffer::close);
        vocabulary.close();
    }
}
