package org.lsradapt.encoder;

import java.util.LinkedHashSet;
import java.util.Set;
import org.lsradapt.lsr.backend.Buffer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What one layer's forward pass leaves for its backward pass. Layers that do not train share one; in a layer that trains,
 * arrays that its backward pass does not read are those of the shared one.
 */
final class LayerMemory implements AutoCloseable {
    final Buffer queryKeyValue;
    final Buffer firstQueries;
    final Buffer probabilities;
    final Buffer context;
    /** Input of the feed-forward part; read backwards only by its own adapter. */
    final Buffer middle;

    final Buffer attentionNormalized;
    final Buffer attentionDeviation;
    /** The product before the activation, then the activation's derivative. */
    final Buffer inner;
    /** The activation; read backwards only by the adapter of the output product. */
    final Buffer active;

    final Buffer outputNormalized;
    final Buffer outputDeviation;
    final Buffer out;
    private final Set<Buffer> owned = new LinkedHashSet<>();

    private LayerMemory(EncoderConfig config, DataType type, LayerMemory shared, boolean keepMiddle, boolean keepActive) {
        int h = config.hidden();
        queryKeyValue = own(type, 3L * h);
        firstQueries = own(type, h);
        probabilities = own(type, 1024);
        context = own(type, h);
        middle = keepMiddle ? own(type, h) : shared.middle;
        inner = own(type, config.intermediate());
        active = keepActive ? own(type, config.intermediate()) : shared.active;
        attentionNormalized = own(type, h);
        attentionDeviation = own(type, 64);
        outputNormalized = own(type, h);
        outputDeviation = own(type, 64);
        out = own(type, h);
    }

    static LayerMemory shared(EncoderConfig config, DataType type) {
        return new LayerMemory(config, type, null, true, true);
    }

    static LayerMemory kept(
            EncoderConfig config, DataType type, LayerMemory shared, boolean keepMiddle, boolean keepActive) {
        return new LayerMemory(config, type, shared, keepMiddle, keepActive);
    }

    private Buffer own(DataType type, long width) {
        Buffer buffer = new Buffer(type, width);
        owned.add(buffer);
        return buffer;
    }

    @Override
    public void close() {
        owned.forEach(Buffer::close);
    }
}
