package org.lsradapt.objectives.language;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;

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
                .mapToInt(sequence -> new MaskedTokenRun.Hidden(List.of(sequence), head).targets().length)
                .sum();
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        return new MaskedTokenRun(head, smoothing, backend);
    }
}
