package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Updates that change from call to call and differ between the sequences of a batch, as one thread's layers read them.
 * Each sequence has its own thin products, so that its result does not depend on the other sequences' updates; updates
 * that are coefficients of the same terms have two products together.
 *
 * <p>For one thread at a time. The updates' owners close them.
 */
public final class SequenceUpdates implements AutoCloseable {
    private final Backend backend;
    private final Buffer hidden;
    private List<@Nullable DenseUpdates> current = List.of();

    /** Makes an object for FLOAT or DOUBLE that holds no updates yet. */
    public SequenceUpdates(Backend backend, DataType type) {
        this.backend = backend;
        hidden = new Buffer(type, 64);
    }

    /** Sets the updates of the next forward pass, one per sequence, null for none; kept. */
    public void use(List<@Nullable DenseUpdates> updates) {
        current = updates.stream().allMatch(Objects::isNull) ? List.of() : Collections.unmodifiableList(updates);
    }

    /** The update of a layer by its full name, which does not train; its passes read the updates of the last {@link #use}. */
    public LayerUpdate of(String layer) {
        return new LayerUpdate() {
            @Override
            public boolean isNone() {
                return current.isEmpty();
            }

            @Override
            public void forward(int[] rows, INDArray x, INDArray y) {
                add(layer, current, rows, x, y);
            }

            @Override
            public Object variant(int sequence) {
                DenseUpdates own = current.isEmpty() ? null : current.get(sequence);
                return own == null ? NONE : own;
            }

            @Override
            public void forwardShared(int sequence, INDArray x, INDArray y) {
                if (!current.isEmpty()) {
                    List<@Nullable DenseUpdates> own = Collections.singletonList(current.get(sequence));
                    add(layer, own, new int[] {0, (int) x.size(0)}, x, y);
                }
            }
        };
    }

    private void add(String layer, List<@Nullable DenseUpdates> updates, int[] rows, INDArray x, INDArray y) {
        int n = updates.size();
        INDArray[] a = new INDArray[n];
        INDArray[] b = new INDArray[n];
        double[] scaling = new double[n];
        long length = 0;
        for (int i = 0; i < n; i++) {
            DenseUpdates one = updates.get(i);
            LoraMatrices update = one == null || one.weighted() != null ? null : one.find(layer);
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
        for (SharedTerms terms : shared(updates)) {
            long width = terms.width(layer);
            if (width == 0) {
                continue;
            }
            List<float @Nullable []> weights = new ArrayList<>();
            updates.forEach(one -> weights.add(
                    one != null && one.weighted() != null && one.weighted().terms() == terms
                            ? one.weighted().weights()
                            : null));
            terms.add(layer, weights, rows, x, y, backend, hidden.vector(x.size(0) * width));
        }
    }

    /** The terms that some of the updates weigh, each once, by identity. */
    private static Set<SharedTerms> shared(List<@Nullable DenseUpdates> updates) {
        Set<SharedTerms> terms = new LinkedHashSet<>();
        updates.forEach(one -> {
            if (one != null && one.weighted() != null) {
                terms.add(one.weighted().terms());
            }
        });
        return terms;
    }

    @Override
    public void close() {
        current = List.of();
        hidden.close();
    }
}
