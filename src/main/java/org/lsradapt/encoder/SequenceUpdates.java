package org.lsradapt.encoder;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Updates that change from call to call and differ between the sequences of a batch, as one lane's layers read them. Each
 * sequence's thin products are its own, so that its result does not depend on the other sequences' updates.
 */
final class SequenceUpdates implements AutoCloseable {
    private final Backend backend;
    private final Buffer hidden;
    private List<DenseUpdates> current = List.of();

    SequenceUpdates(Backend backend, DataType type) {
        this.backend = backend;
        hidden = new Buffer(type, 64);
    }

    /** Takes the updates of the next forward pass, one element per sequence, null for none. */
    void use(List<DenseUpdates> updates) {
        current = updates.stream().allMatch(Objects::isNull) ? List.of() : Collections.unmodifiableList(updates);
    }

    /** The updates of one layer. */
    LayerUpdate of(String layer) {
        return (rows, x, y) -> {
            int n = current.size();
            INDArray[] a = new INDArray[n];
            INDArray[] b = new INDArray[n];
            double[] scaling = new double[n];
            long length = 0;
            for (int i = 0; i < n; i++) {
                LoraMatrices update = current.get(i) == null ? null : current.get(i).find(layer);
                if (update != null) {
                    a[i] = update.a();
                    b[i] = update.b();
                    scaling[i] = update.scaling();
                    length += (rows[i + 1] - rows[i]) * a[i].size(1);
                }
            }
            if (length > 0) {
                backend.addThinProducts(x, rows, a, b, scaling, hidden.vector(length), y);
            }
        };
    }

    @Override
    public void close() {
        current = List.of();
        hidden.close();
    }
}
