package org.lsradapt.runs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.objectives.EmbeddingLoss;

/**
 * The losses of embeddings.
 *
 * @param loss the loss; empty for the usual one for the data
 * @param dimensions the lengths at which embeddings are learned; empty for whole embeddings only
 * @param weights the weight of each length
 */
public record EmbeddingLosses(Optional<EmbeddingLoss> loss, List<Integer> dimensions, List<Double> weights) {
    /** The usual losses, for whole embeddings only. */
    public static final EmbeddingLosses USUAL = new EmbeddingLosses(Optional.empty(), List.of(), List.of());

    /** Copies the lists. */
    public EmbeddingLosses {
        dimensions = List.copyOf(dimensions);
        weights = List.copyOf(weights);
    }

    EmbedderTraining set(EmbedderTraining training) {
        loss.ifPresent(training::loss);
        return training.dimensions(dimensions, weights);
    }

    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        loss.ifPresent(asked -> settings.put("loss", asked.toString()));
        if (!dimensions.isEmpty()) {
            settings.put("dimensions", dimensions);
            settings.put("weights of dimensions", weights);
        }
        return settings;
    }
}
