package org.lsradapt.objectives;

import java.util.EnumMap;
import java.util.Map;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The hidden states that heads read from a frozen model, kept for several trainings of heads alone on equal inputs, so that each input is
 * read once. Closing it frees them; models that share it are closed before. For one thread.
 */
public final class SharedFeatures implements AutoCloseable {
    private final Map<Rows, FeatureCache> byRows = new EnumMap<>(Rows.class);

    FeatureCache of(Rows rows, DataType type, int width) {
        return byRows.computeIfAbsent(rows, read -> new FeatureCache(type, width, ModelInput::identity));
    }

    @Override
    public void close() {
        byRows.values().forEach(FeatureCache::close);
    }
}
