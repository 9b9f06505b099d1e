package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.LossKernels;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.VocabularyPass;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes losses over a vocabulary on a device: hidden states are uploaded, losses and gradients downloaded. For a group of
 * rows at a time, the logits are computed, replaced by their gradients, and multiplied by the table.
 */
final class VocabularyRun implements VocabularyPass {
    /** The largest number of logits held at once, unless one row has more. */
    private static final int LOGITS = 1 << 26;

    private final Engine engine;
    private final LossKernels kernels;
    private final DeviceTable table;
    private final DeviceLayer layer;
    private final Arena arena;
    private final float cap;
    private boolean closed;

    VocabularyRun(Engine engine, FrozenWeight table, Optional<INDArray> bias, OptionalDouble cap) {
        this.engine = engine;
        this.cap = (float) cap.orElse(0);
        kernels = new LossKernels(engine.device, KernelSources.load(engine.device, "losses"));
        arena = new Arena(engine.device);
        int width = table.inFeatures();
        int tokens = table.outFeatures();
        engine.requireRoom(bytes(engine, width, tokens), "a vocabulary of " + tokens + " tokens");
        this.table = DeviceTable.upload(engine, table, bias);
        layer = this.table.layer();
    }

    private static long bytes(Engine engine, long width, long tokens) {
        long losses = Float.BYTES * (rows((int) tokens) * tokens + width * engine.mostTokens());
        return Math.max(
                DeviceTable.bytes(engine, width, tokens),
                engine.precision.operands().bytes() * width * tokens + losses);
    }

    private static int rows(int tokens) {
        return Math.max(1, Math.min(256, LOGITS / tokens));
    }

    @Override
    public double[] losses(
            INDArray features, int[] targets, double smoothing, double scale, @Nullable INDArray gradFeatures) {
        synchronized (engine) {
            return lockedLosses(features, targets, smoothing, scale, gradFeatures);
        }
    }

    private double[] lockedLosses(
            INDArray features, int[] targets, double smoothing, double scale, @Nullable INDArray gradFeatures) {
        int n = targets.length;
        if (n == 0) {
            return new double[0];
        }
        arena.clear();
        Shipment shipment = new Shipment(engine.device);
        LongSupplier sentFeatures = shipment.add(features);
        LongSupplier sentTargets = shipment.add(targets);
        shipment.send(arena);
        long hidden = sentFeatures.getAsLong();
        long wanted = sentTargets.getAsLong();
        long sums = arena.floats(n, 1);
        int atOnce = Math.min(n, rows(layer.out()));
        long logits = arena.floats(atOnce, layer.out());
        LossKernels.Form form = new LossKernels.Form((float) smoothing, cap, (float) scale);
        for (int from = 0; from < n; from += atOnce) {
            int rows = Math.min(atOnce, n - from);
            long x = hidden + (long) Float.BYTES * from * layer.in();
            long at = (long) Float.BYTES * from;
            layer.forward(x, logits, rows);
            kernels.crossEntropy(logits, wanted + at, sums + at, form, gradFeatures != null, rows, layer.out());
            if (gradFeatures != null) {
                // Hidden states are not read again.
                layer.backward(logits, 0, x, rows);
            }
        }
        if (gradFeatures != null) {
            engine.transfers.down(hidden, gradFeatures);
        }
        return engine.transfers.down(sums, n);
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        synchronized (engine) {
            if (!closed) {
                closed = true;
                engine.closed(this);
                table.close();
                arena.close();
            }
        }
    }
}
