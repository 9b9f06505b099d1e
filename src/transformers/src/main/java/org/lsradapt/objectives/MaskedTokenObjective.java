package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TokenSequence;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Prediction of hidden tokens from all others: the mean cross-entropy over the tokens that have a
 * {@linkplain TokenSequence#labels label}, the id of the original token. The objective itself has no parameters. It
 * computes logits only for these tokens, a few at a time.
 *
 * <p>For one thread at a time; the owner of the head and its model closes them.
 */
public final class MaskedTokenObjective implements Objective {
    private final MaskedTokenHead head;
    private final double smoothing;
    private final Backend backend;

    /**
     * Creates the objective of a masked language model.
     *
     * @param head the model's head; kept
     * @param smoothing ε of label smoothing, as in {@link NextTokenObjective}; in [0, 1)
     * @param backend computes the matrix products
     * @throws IllegalArgumentException if ε is out of range
     */
    public MaskedTokenObjective(MaskedTokenHead head, double smoothing, Backend backend) {
        this.head = head;
        this.smoothing = Loss.requireSmoothing(smoothing);
        this.backend = backend;
    }

    @Override
    public Rows rows() {
        return Rows.ALL;
    }

    @Override
    public List<Parameter> trainable() {
        return List.of();
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", smoothing == 0 ? "masked tokens" : "masked tokens, label smoothing " + smoothing);
    }

    @Override
    public double labelSmoothing() {
        return smoothing;
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        return sequences.stream()
                .mapToInt(sequence -> new Hidden(List.of(sequence)).targets().length)
                .sum();
    }

    /** The rows of the hidden tokens of some sequences, and the tokens themselves. */
    private final class Hidden {
        private final List<Integer> rows = new ArrayList<>();
        private final List<Integer> tokens = new ArrayList<>();
        private final int[] counts;

        Hidden(List<? extends ModelInput> sequences) {
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
            int vocabulary = head.part().vocabulary();
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

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        MaskedTokenRun memory = new MaskedTokenRun(head, backend);
        return new Run() {
            /**
             * For each sequence: the sum of −log p over its hidden tokens, their number, and how many have the largest
             * logit.
             */
            @Override
            public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
                Hidden hidden = new Hidden(sequences);
                boolean[] right = new boolean[hidden.targets().length];
                double[] losses = memory.forward(features, hidden.rows(), hidden.targets(), right);
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
            public Part loss(
                    List<? extends ModelInput> sequences,
                    List<Target> targets,
                    INDArray features,
                    double total,
                    boolean wanted) {
                Hidden hidden = new Hidden(sequences);
                int[] rows = hidden.rows();
                double sum = 0;
                for (double loss : memory.train(features, rows, hidden.targets(), smoothing, 1 / total, wanted)) {
                    sum += loss;
                }
                return new Part(sum / total, wanted ? memory.gradient(rows, features.size(0)) : null);
            }

            @Override
            public void openVocabularyBy(PassFactory factory) {
                memory.openBy(factory);
            }

            @Override
            public void close() {
                memory.close();
            }
        };
    }
}
