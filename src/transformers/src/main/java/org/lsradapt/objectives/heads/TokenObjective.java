package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * Classification of each token by a head: the mean cross-entropy over the tokens that have a
 * {@linkplain TokenSequence#labels label}; the others are not part of the loss. The outputs of a sequence are the
 * logits of its tokens, one token after the other.
 *
 * <p>For one thread at a time; the owner of the head closes it.
 */
public final class TokenObjective extends HeadObjective {
    private final double smoothing;

    /**
     * Creates the objective of a head.
     *
     * @param head a head that reads each token; kept
     * @throws IllegalArgumentException if the head reads whole sequences
     */
    public TokenObjective(SequenceHead head, Backend backend) {
        this(head, 0, backend);
    }

    /**
     * Creates the objective of a head, with label smoothing; see {@link SequenceObjective#smoothed}.
     *
     * @param head a head that reads each token; kept
     * @param smoothing ε, in [0, 1)
     * @throws IllegalArgumentException if the head reads whole sequences, or the smoothing is out of range
     */
    public TokenObjective(SequenceHead head, double smoothing, Backend backend) {
        super(head, backend);
        Require.argument(
                head.readsEachToken(), "token classification: the head reads one row of a sequence, expected each");
        this.smoothing = Loss.requireSmoothing(smoothing);
    }

    @Override
    public double labelSmoothing() {
        return smoothing;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", smoothing == 0 ? "classes of tokens" : "classes of tokens, label smoothing " + smoothing);
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        long labelled = 0;
        for (ModelInput sequence : sequences) {
            for (int label : labels(sequence)) {
                Require.argument(
                        label >= TokenSequence.UNLABELLED && label < head().outputs(),
                        "training step: label %d of a token, expected a class index from 0 to %d, or %d for none",
                        label,
                        head().outputs() - 1,
                        TokenSequence.UNLABELLED);
                labelled += label == TokenSequence.UNLABELLED ? 0 : 1;
            }
        }
        return labelled;
    }

    private static int[] labels(ModelInput sequence) {
        int[] labels = ((TokenSequence) sequence).labels();
        Require.argument(labels.length > 0, "training step: a sequence without labels, expected one for each token");
        return labels;
    }

    @Override
    double loss(Batch batch, double[][] outputs, double total, double[][] gradients) {
        double sum = 0;
        int row = 0;
        for (ModelInput sequence : batch.sequences()) {
            for (int label : labels(sequence)) {
                if (label != TokenSequence.UNLABELLED) {
                    sum += smoothing == 0
                            ? Loss.crossEntropy(outputs[row], label, gradients[row])
                            : Loss.softCrossEntropy(outputs[row], amounts(label), gradients[row]);
                    for (int c = 0; c < gradients[row].length; c++) {
                        gradients[row][c] /= total;
                    }
                }
                row++;
            }
        }
        return sum / total;
    }

    private double[] amounts(int label) {
        double[] amounts = new double[head().outputs()];
        Arrays.fill(amounts, smoothing / amounts.length);
        amounts[label] += 1 - smoothing;
        return amounts;
    }
}
