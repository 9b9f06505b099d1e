package org.lsradapt.models;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.transformer.inputs.CutTexts;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * A pretrained model in memory, ready to be adapted. It reads texts or images, or has two towers that read both. Any
 * number of adapters can share one.
 *
 * <p>Safe for use by many threads. The caller that loads it closes it, after everything that uses it. Closing frees the
 * native memory. It waits for the step or batch in progress; any later use throws an {@link IllegalStateException}.
 */
public sealed interface FrozenModel extends AutoCloseable permits BaseModel, DualModel {

    /** The name or folder from which it was loaded. */
    String name();

    /** Its family, by the name of {@code model_type} in {@code config.json}. */
    String modelType();

    /** The checksum that tells whether an adapter was made for this model; docs/reference/format.md says what it covers. */
    String fingerprint();

    /** The checksum for adapters of embeddings. It leaves out weights that embeddings do not depend on, if the model has any. */
    default String encoderFingerprint() {
        return fingerprint();
    }

    /** The precision in which the weights of linear layers are kept. */
    BasePrecision precision();

    /** The size in a few words: {@code 6 layers, width 384}. */
    String size();

    /** The layers that can be adapted. */
    List<FrozenLinear> linearLayers();

    /**
     * The layers of {@link #linearLayers} that compute hidden states, or the embeddings of two towers; every objective
     * reads these. Only a head reads the other layers, such as BERT's pooler.
     */
    List<FrozenLinear> encoderLayers();

    /** The query and value projections of every layer, by this family's names; the authors of LoRA and LSR-Adapt adapt these. */
    LayerSelector queryAndValue();

    /** Whether the model reads images and no texts. */
    boolean readsImages();

    /** The longest sequence that it has positions for, in tokens. For a model that reads images only, the tokens per image. */
    int maxLength();

    /**
     * Combines this model with adapters and an objective.
     *
     * @param adapters adapters of this model's layers; empty for none
     * @return a model that can be trained, which the caller closes
     * @throws IllegalArgumentException if the adapters or the objective are of another model, or two towers have no
     *     adapters
     */
    AdaptedModel adapted(Optional<AdapterSet> adapters, Objective objective, Backend backend);

    /** The counts of the texts that were cut to a maximal length; all zero for a model that reads images only. */
    CutTexts cutTexts();

    @Override
    void close();
}
