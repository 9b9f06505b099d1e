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
 * @param loss empty for what is usual for the data
 * @param dimensions lengths at which embeddings are learned; none for whole embeddings alone
 * @param weights the weight of each length
 */
public record EmbeddingLosses(Optional<EmbeddingLoss> loss, List<Integer> dimensions, List<Double> weights) {
    /** The usual ones. */
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
