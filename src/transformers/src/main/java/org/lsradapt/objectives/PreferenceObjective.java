package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Preference of one answer over another: the mean of a {@link PreferenceLoss} over pairs. It has no parameters of its own. Sequences are
 * prompts with answers, in pairs: a chosen one, whose label is the index of the pair, and behind it the rejected one, whose label is
 * {@link #rejected} of that. Logits of the vocabulary are computed once, for a few tokens at a time.
 *
 * <p>For one thread at a time; the model stays its owner's to close.
 */
public final class PreferenceObjective implements Objective {
    private final NextTokenObjective tokens;
    private final PreferenceLoss loss;
    private final double[][] reference;

    /**
     * The objective of a causal model.
     *
     * @param model the model; its vocabulary table is kept
     * @param loss what is minimized
     * @param reference for each pair, the log-probabilities of the chosen and of the rejected answer by the base model; of a loss without a
     *     reference none; copied
     * @param backend the matrix products
     * @throws IllegalArgumentException if the model predicts no tokens, or the reference is another
     */
    public PreferenceObjective(TransformerWeights model, PreferenceLoss loss, double[][] reference, Backend backend) {
        tokens = new NextTokenObjective(model, backend);
        for (double[] pair : reference) {
            Require.argument(
                    pair.length == 2 && Arrays.stream(pair).allMatch(Double::isFinite),
                    "preferences: the reference %s of a pair, expected two finite log-probabilities",
                    Arrays.toString(pair));
        }
        Require.argument(
                loss.hasReference() == reference.length > 0,
                "preferences: a reference of %d pairs for the loss %s, expected %s",
                reference.length,
                loss,
                loss.hasReference() ? "one at least" : "none");
        this.loss = loss;
        this.reference = Arrays.stream(reference).map(double[]::clone).toArray(double[][]::new);
    }

    /** The label of the rejected answer of a pair. */
    public static double rejected(int pair) {
        return -1.0 - pair;
    }

    @Override
    public Rows rows() {
        return tokens.rows();
    }

    @Override
    public List<Parameter> trainable() {
        return List.of();
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(Map.of("loss", loss.toString()));
        if (loss.hasReference()) {
            settings.put("reference", Integer.toHexString(Arrays.deepHashCode(reference)));
        }
        return settings;
    }

    @Override
    public double labelSmoothing() {
        return loss.smoothing();
    }

    /** The number of pairs. */
    @Override
    public double weight(List<? extends ModelInput> sequences, double[] labels) {
        Require.argument(
                labels.length == sequences.size() && labels.length % 2 == 0,
                "training step: %d sequences and %d labels, expected pairs of answers",
                sequences.size(),
                labels.length);
        for (int i = 0; i < labels.length; i += 2) {
            boolean known = labels[i] == Math.rint(labels[i])
                    && labels[i] >= 0
                    && (!loss.hasReference() || labels[i] < reference.length);
            Require.argument(
                    known && labels[i + 1] == rejected((int) labels[i]),
                    "training step: labels %s and %s of a pair, expected the index of one%s, and what rejected() makes of it",
                    labels[i],
                    labels[i + 1],
                    loss.hasReference() ? " of " + reference.length : "");
            for (ModelInput sequence : sequences.subList(i, i + 2)) {
                Require.argument(
                        sequence.length() > sequence.given(),
                        "training step: an answer without a token to predict: all %d are given",
                        sequence.length());
            }
        }
        return labels.length / 2.0;
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        VocabularyLoss memory = tokens.memory();
        return new Run() {
            /** For each sequence the sum of −log p over its predicted tokens, and their number. */
            @Override
            public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
                return NextTokenObjective.outputs(memory, sequences, features, null);
            }

            @Override
            public Part loss(
                    List<? extends ModelInput> sequences,
                    double[] labels,
                    INDArray features,
                    double total,
                    boolean wanted) {
                INDArray gradient = wanted ? memory.gradient(features.size(0)) : null;
                double[][] answers = NextTokenObjective.outputs(memory, sequences, features, gradient);
                double sum = 0;
                long row = 0;
                for (int i = 0; i < answers.length; i += 2) {
                    double[] known = loss.hasReference() ? reference[(int) labels[i]] : new double[0];
                    PreferenceLoss.Pair pair = loss.of(answers[i], answers[i + 1], known);
                    sum += pair.loss();
                    if (wanted) {
                        // Of each row there is ∂(−log p)/∂h, and the loss depends on the sums of −log p alone.
                        row = scale(gradient, row, (long) answers[i][1], pair.byChosen() / total);
                        row = scale(gradient, row, (long) answers[i + 1][1], pair.byRejected() / total);
                    }
                }
                return new Part(sum / total, gradient);
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

    private static long scale(INDArray gradient, long from, long count, double factor) {
        Views.rows(gradient, from, from + count).muli(factor);
        return from + count;
    }
}
