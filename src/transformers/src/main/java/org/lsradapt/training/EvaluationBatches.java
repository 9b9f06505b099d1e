package org.lsradapt.training;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.lsradapt.transformer.inputs.ModelInput;

/** The batches of an evaluation: at most 64 sequences with at most 8,192 tokens together, or one longer sequence. */
public final class EvaluationBatches {
    static final int SEQUENCES = 64;
    static final int TOKENS = 8192;

    private EvaluationBatches() {}

    /**
     * Divides elements into batches.
     *
     * @param all the elements in the order of the batches; kept
     * @param length gives an element's number of tokens
     */
    public static <T> List<List<T>> of(List<T> all, ToIntFunction<T> length) {
        return Batches.split(all, length, SEQUENCES, TOKENS);
    }

    /** Divides inputs into batches. */
    public static <T extends ModelInput> List<List<T>> of(List<T> all) {
        return of(all, ModelInput::length);
    }

    /** The batch with the most tokens, as for {@link Evaluation#largest()}; empty if there are no batches. */
    public static List<ModelInput> largest(List<? extends List<? extends ModelInput>> batches) {
        return batches.stream()
                .max(Comparator.comparingLong(
                        batch -> batch.stream().mapToLong(ModelInput::length).sum()))
                .<List<ModelInput>>map(List::copyOf)
                .orElse(List.of());
    }
}
