package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * The choice of the tokens at which a span of a sequence starts and ends: the mean of the two cross-entropies over all
 * tokens of the sequence. The {@linkplain TokenSequence#labels labels} of its tokens are 0 except for one with
 * {@link #START} and one, perhaps the same, with {@link #END}. The outputs of a sequence are the two logits of each
 * token, one token after the other.
 *
 * <p>For one thread at a time; the owner of the head closes it.
 */
public final class SpanObjective extends HeadObjective {
    /** The label bit of the token at which a span starts. */
    public static final int START = 1;
    /** The label bit of the token at which a span ends. */
    public static final int END = 2;
    /** The number of outputs for a token: one for the start, one for the end. */
    public static final int OUTPUTS = 2;

    /**
     * Creates the objective of a head.
     *
     * @param head a head that reads each token and has two outputs; kept
     * @throws IllegalArgumentException if the head reads whole sequences, or has another number of outputs
     */
    public SpanObjective(SequenceHead head, Backend backend) {
        super(head, backend);
        Require.argument(
                head.readsEachToken() && head.outputs() == OUTPUTS,
                "spans: the head has %d outputs for %s, expected 2 for each token",
                head.outputs(),
                head.readsEachToken() ? "each token" : "a sequence");
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", "start and end of spans");
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        sequences.forEach(SpanObjective::ends);
        return sequences.size();
    }

    /** Returns the indices of the tokens at which a sequence's span starts and ends. */
    private static int[] ends(ModelInput sequence) {
        int[] labels = ((TokenSequence) sequence).labels();
        int[] starts = marked(labels, START);
        int[] ends = marked(labels, END);
        Require.argument(
                starts.length == 1 && ends.length == 1 && starts[0] <= ends[0],
                "training step: tokens with labels %s, expected one that starts a span (%d) and one, not before it, that ends"
                        + " it (%d)",
                Arrays.toString(labels),
                START,
                END);
        return new int[] {starts[0], ends[0]};
    }

    private static int[] marked(int[] labels, int bit) {
        return IntStream.range(0, labels.length)
                .filter(token -> labels[token] > 0 && (labels[token] & bit) != 0)
                .toArray();
    }

    @Override
    double loss(Batch batch, double[][] outputs, double total, double[][] gradients) {
        double sum = 0;
        int from = 0;
        for (ModelInput sequence : batch.sequences()) {
            int[] ends = ends(sequence);
            for (int kind = 0; kind < OUTPUTS; kind++) {
                sum += crossEntropy(outputs, gradients, from, sequence.length(), kind, ends[kind], total);
            }
            from += sequence.length();
        }
        return sum / total;
    }

    /** Returns half the cross-entropy of choosing one row of a column; its gradient / total overwrites the column. */
    private static double crossEntropy(
            double[][] outputs, double[][] gradients, int from, int length, int column, int target, double total) {
        double[] scores = new double[length];
        double[] gradient = new double[length];
        for (int t = 0; t < length; t++) {
            scores[t] = outputs[from + t][column];
        }
        double loss = Loss.crossEntropy(scores, target, gradient);
        for (int t = 0; t < length; t++) {
            gradients[from + t][column] = gradient[t] / OUTPUTS / total;
        }
        return loss / OUTPUTS;
    }
}
