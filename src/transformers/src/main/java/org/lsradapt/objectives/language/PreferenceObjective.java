package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Preference of one answer over another: the mean of a {@link PreferenceLoss} over pairs. The objective itself has no
 * parameters. Sequences are prompts with answers, in pairs of the chosen and then the rejected answer; their targets
 * are {@link Target.Answer}s. Logits of the vocabulary are computed once, for a few tokens at a time.
 *
 * <p>For one thread at a time; the owner of the model closes it.
 */
public final class PreferenceObjective implements Objective {
    private final NextTokenObjective tokens;
    private final PreferenceLoss loss;

    /**
     * Creates the objective of a causal model.
     *
     * @param model the model; its vocabulary table is kept
     * @throws IllegalArgumentException if the model does not predict tokens
     */
    public PreferenceObjective(TransformerWeights model, PreferenceLoss loss, Backend backend) {
        tokens = new NextTokenObjective(model, backend);
        this.loss = loss;
    }

    @Override
    public Rows rows() {
        return tokens.rows();
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", loss.toString());
    }

    @Override
    public double labelSmoothing() {
        return loss.smoothing();
    }

    /** The number of pairs. */
    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        Require.argument(
                targets.size() == sequences.size() && targets.size() % 2 == 0,
                "training step: %d sequences and %d targets, expected pairs of answers",
                sequences.size(),
                targets.size());
        List<Target.Answer> answers = Target.require(Target.Answer.class, targets);
        for (int i = 0; i < answers.size(); i += 2) {
            Require.argument(
                    answers.get(i).isChosen() && !answers.get(i + 1).isChosen(),
                    "training step: answers %d and %d, expected a chosen one followed by the rejected one",
                    i,
                    i + 1);
            double[] reference = reference(targets, i);
            Require.argument(
                    reference.length == (loss.hasReference() ? 2 : 0)
                            && Arrays.stream(reference).allMatch(Double::isFinite),
                    "preferences: the reference %s of a pair for the loss %s, expected %s",
                    Arrays.toString(reference),
                    loss,
                    loss.hasReference() ? "two finite log-probabilities" : "none");
            for (ModelInput sequence : sequences.subList(i, i + 2)) {
                Require.argument(
                        sequence.length() > sequence.given(),
                        "training step: an answer without a token to predict: all %d are given",
                        sequence.length());
            }
        }
        return targets.size() / 2.0;
    }

    /** Returns the base model's log-probabilities of both answers of a pair; empty if the targets have none. */
    private static double[] reference(List<Target> targets, int first) {
        return targets.subList(first, first + 2).stream()
                .flatMapToDouble(target -> Arrays.stream(((Target.Answer) target).reference()))
                .toArray();
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        return new NextTokenObjective.TokenRun(tokens.memory()) {
            @Override
            public Part loss(Batch batch, INDArray features, double total, boolean wanted) {
                INDArray gradient = wanted ? memory.gradient(features.size(0)) : null;
                double[][] answers = outputs(batch.sequences(), features, gradient);
                double sum = 0;
                long row = 0;
                for (int i = 0; i < answers.length; i += 2) {
                    PreferenceLoss.Pair pair = loss.of(answers[i], answers[i + 1], reference(batch.targets(), i));
                    sum += pair.loss();
                    if (wanted) {
                        // The gradient holds ∂(−log p)/∂h of each row; the loss depends only on the sums of −log p.
                        row = scale(gradient, row, (long) answers[i][1], pair.byChosen() / total);
                        row = scale(gradient, row, (long) answers[i + 1][1], pair.byRejected() / total);
                    }
                }
                return new Part(sum / total, gradient);
            }
        };
    }

    private static long scale(INDArray gradient, long from, long count, double factor) {
        Views.rows(gradient, from, from + count).muli(factor);
        return from + count;
    }
}
