package org.lsradapt.transformer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.transformer.internal.DropMask;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Applies {@link Dropout} before one thread's layer updates. While dropout is off, updates are called unchanged. While
 * it is on, two more matrices of the input's size are in use, which all layers share.
 */
public final class DroppedInputs implements AutoCloseable {
    private final Dropout dropout;
    private final Backend backend;
    private final Kernels kernels;
    private final Memory memory;
    private final DataType type;
    private final Map<Long, Scratch> scratch = new HashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private int[] own = {};

    /** Creates an object without layers, for masks that are kept, and arrays of FLOAT or DOUBLE. */
    public DroppedInputs(Dropout dropout, Backend backend, DataType type) {
        this(dropout, Arithmetic.of(backend, type), type);
    }

    DroppedInputs(Dropout dropout, Arithmetic arithmetic, DataType type) {
        this.dropout = dropout;
        backend = arithmetic.backend();
        kernels = arithmetic.kernels();
        memory = arithmetic.memory();
        this.type = type;
    }

    /** Memory for inputs of one width. */
    private record Scratch(Buffer dropped, Buffer gradient) {}

    /** Sets the sequences of the next passes by their places in the part of the step, in order; kept. */
    void use(int[] sequences) {
        own = sequences;
    }

    /** Sets the sequences of the next passes to the given number of first sequences of the part of the step. */
    public void useFirst(int count) {
        own = IntStream.range(0, count).toArray();
    }

    /** Returns an update that reads its input through dropout, with masks by its name, and closes the given one with it. */
    public LayerUpdate before(String layer, LayerUpdate update) {
        if (!update.trains()) {
            return update;
        }
        int use = uses.merge(layer, 1, Integer::sum);
        return new Dropped(Dropout.key(layer, use), update);
    }

    private Scratch scratch(long width) {
        return scratch.computeIfAbsent(width, w -> new Scratch(memory.buffer(type, w), memory.buffer(type, w)));
    }

    @Override
    public void close() {
        scratch.values().forEach(memory -> {
            memory.dropped().close();
            memory.gradient().close();
        });
        scratch.clear();
    }

    private final class Dropped implements LayerUpdate {
        private final long layer;
        private final LayerUpdate update;
        private Optional<DropMask> mask = Optional.empty();

        Dropped(long layer, LayerUpdate update) {
            this.layer = layer;
            this.update = update;
        }

        @Override
        public boolean trains() {
            return true;
        }

        @Override
        public Object variant(int sequence) {
            return update.variant(sequence);
        }

        @Override
        public void forward(int[] rows, INDArray x, INDArray y) {
            mask = dropout.isOn() ? Optional.of(dropout.mask(layer, rows, own)) : Optional.empty();
            update.forward(rows, mask.isPresent() ? dropped(x) : x, y);
        }

        @Override
        public void forwardShared(int sequence, INDArray x, INDArray y) {
            mask = Optional.empty();
            update.forwardShared(sequence, x, y);
        }

        private INDArray dropped(INDArray x) {
            INDArray dropped = scratch(x.size(1)).dropped().rows(x.size(0));
            kernels.drop(x, mask.orElseThrow(), false, dropped);
            return dropped;
        }

        @Override
        public void backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
            if (mask.isEmpty()) {
                update.backward(x, gradOutput, gradInput);
                return;
            }
            INDArray dropped = dropped(x);
            if (gradInput == null) {
                update.backward(dropped, gradOutput, null);
                return;
            }
            INDArray gradDropped = scratch(x.size(1)).gradient().rows(x.size(0));
            backend.clear(gradDropped);
            update.backward(dropped, gradOutput, gradDropped);
            kernels.drop(gradDropped, mask.orElseThrow(), true, gradInput);
        }

        @Override
        public void close() {
            update.close();
        }
    }
}
