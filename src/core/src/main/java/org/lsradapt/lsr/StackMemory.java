package org.lsradapt.lsr;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The share of an {@link AdapterSet}'s memory that the adapters of one stack use. All of it is the set's. */
public final class StackMemory {
    private final Backend backend;
    private final ThreadGuard guard;
    private final ParameterStorage storage;
    private final DenseGradients denseGradients;
    private final long denseFrom;

    StackMemory(
            Backend backend,
            ThreadGuard guard,
            ParameterStorage storage,
            DenseGradients denseGradients,
            long denseFrom) {
        this.backend = backend;
        this.guard = guard;
        this.storage = storage;
        this.denseGradients = denseGradients;
        this.denseFrom = denseFrom;
    }

    /**
     * Parameters, stacked or of one adapter.
     *
     * @param value the parameters
     * @param gradient their gradient
     */
    public record Piece(INDArray value, INDArray gradient) {}

    /** The arithmetic. */
    public Backend backend() {
        return backend;
    }

    /** The type of all arrays, FLOAT or DOUBLE. */
    public DataType dataType() {
        return storage.values.dataType();
    }

    /**
     * The next parameters of the stack; while it is made only.
     *
     * @param shape their shape
     * @return views of {@link AdapterSet#values} and {@link AdapterSet#gradients}, 'c' ordered, 0
     */
    public Piece next(long... shape) {
        INDArray[] views = storage.next(shape);
        return new Piece(views[0], views[1]);
    }

    /** The first lane's gradients, and when {@link AdapterStack#collectGradients} is called, the sum of all lanes'. */
    public DenseGradients denseGradients() {
        return denseGradients;
    }

    /** Where in every lane's {@link DenseGradients} the stack's share begins. */
    public long denseFrom() {
        return denseFrom;
    }

    /**
     * The same memory for a stack that is a part of this one, whose share of the gradients begins elsewhere.
     *
     * @param from within this stack's share, where that of the part begins
     */
    public StackMemory at(long from) {
        return new StackMemory(backend, guard, storage, denseGradients, from);
    }

    ThreadGuard guard() {
        return guard;
    }
}
