package org.lsradapt.cuda.internal.pass;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;

/** The dense matrices of one adapter of any kind at a time. They never change, so they are uploaded when another one is chosen. */
final class ServedAdapters implements PassAdapters {
    private final Engine engine;
    private final Arena memory;
    private final Map<String, DeviceAdapters.Adapter> uploaded = new HashMap<>();
    private @Nullable DenseUpdates current;

    ServedAdapters(Engine engine) {
        this.engine = engine;
        memory = new Arena(engine.device);
    }

    /**
     * Chooses an adapter.
     *
     * @param updates its matrices; null for none
     * @throws TooLittleMemory if they do not fit; none is chosen then
     */
    void use(@Nullable DenseUpdates updates) {
        if (updates == current) {
            return;
        }
        current = null;
        uploaded.clear();
        if (updates != null) {
            // Two matrices of a layer, each rounded up.
            long bytes =
                    updates.bytes() + 2 * Arena.rounded(1) * updates.layers().size();
            long free = engine.device.freeBytes();
            if (bytes - memory.bytes() > free) {
                throw new TooLittleMemory(String.format(
                        Locale.ROOT,
                        "an adapter takes %.2f GiB of the GPU's memory, found %.2f GiB free; compute on the CPU",
                        bytes / 0x1p30,
                        free / 0x1p30));
            }
            memory.reserve(bytes);
            current = updates;
        }
    }

    /** The chosen adapter on another engine, which measures. */
    PassAdapters on(Engine measuring) {
        ServedAdapters same = new ServedAdapters(measuring);
        same.use(current);
        return same;
    }

    @Override
    public Optional<DeviceAdapters.Adapter> find(String layer) {
        return current == null
                ? Optional.empty()
                : Optional.ofNullable(uploaded.computeIfAbsent(layer, name -> upload(current.find(name))));
    }

    private DeviceAdapters.@Nullable Adapter upload(@Nullable LoraMatrices product) {
        if (product == null) {
            return null;
        }
        int rank = (int) product.a().size(1);
        int out = (int) product.b().size(1);
        return new DeviceAdapters.Adapter(
                (int) product.a().size(0),
                rank,
                out,
                product.scaling(),
                new Engine.Matrix(engine.transfers.up(product.a(), memory), rank),
                new Engine.Matrix(engine.transfers.up(product.b(), memory), out));
    }

    @Override
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        memory.close();
    }
}
