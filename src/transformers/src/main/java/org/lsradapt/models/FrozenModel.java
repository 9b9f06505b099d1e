package org.lsradapt.models;

import java.util.List;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.CutTexts;

/**
 * A pretrained model in memory, ready to be adapted: one that reads texts or images, or two towers that read both. Any number of
 * adapters can share one.
 *
 * <p>Safe for use by many threads. Whoever loads it closes it, after everything that uses it; closing frees the native
 * memory. It waits for a step or a batch that is being computed, and what goes on after that ends with an
 * {@link IllegalStateException}.
 */
public sealed interface FrozenModel extends AutoCloseable permits BaseModel, DualModel {

    /** The name or folder that it was loaded by. */
    String name();

    /** Its family, as {@code model_type} in {@code config.json} names it. */
    String modelType();

    /** The checksum that tells whether an adapter was made for this model; docs/reference/format.md says what of. */
    String fingerprint();

    /** The same for adapters of embeddings, without the weights that those do not depend on, where a model has some. */
    default String encoderFingerprint() {
        return fingerprint();
    }

    /** How the weights of linear layers are kept. */
    BasePrecision precision();

    /** How large it is, in a few words: {@code 6 layers, width 384}. */
    String size();

    /** The layers that can be adapted. */
    List<FrozenLinear> linearLayers();

    /**
     * Those of {@link #linearLayers} that hidden states are computed by, or embeddings of two towers: what every objective reads. What is
     * left, such as BERT's pooler, is read by a head alone.
     */
    List<FrozenLinear> encoderLayers();

    /**
     * The query and value projections of every layer, which LoRA's and LSR-Adapt's authors adapt, by this family's
     * names.
     */
    LayerSelector queryAndValue();

    /** The longest sequence that it has positions for, in tokens; of a model that reads images alone what each becomes. */
    int maxLength();

    /** The counts of the texts that were cut to a maximal length; none for a model that reads images alone. */
    CutTexts cutTexts();

    @Override
    void close();
}
