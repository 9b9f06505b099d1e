package org.lsradapt.lsr;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The share of an {@link AdapterSet}'s memory that the adapters of one stack use. The set owns all of it. */
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

    /** Parameters of a whole stack or of one adapter. */
    public record Piece(INDArray value, INDArray gradient) {

        /** Returns the piece as a parameter. */
        public Parameter named(String name) {
            return new Parameter(name, value, gradient);
        }
    }

    public Backend backend() {
        return backend;
    }

    /** The type of all arrays, FLOAT or DOUBLE. */
    public DataType dataType() {
        return storage.values.dataType();
    }

    /** Takes the next parameters of this shape, only while the stack is made: 'c' ordered views of the set's arrays, zeros. */
    public Piece next(long... shape) {
        INDArray[] views = storage.next(shape);
        return new Piece(views[0], views[1]);
    }

    /** The first lane's gradients; during {@link AdapterStack#collectGradients}, the sum over all lanes. */
    public DenseGradients denseGradients() {
        return denseGradients;
    }

    /** The start of the stack's share in every lane's {@link DenseGradients}. */
    public long denseFrom() {
        return denseFrom;
    }

    /** The same memory for an inner stack, whose share of the gradients begins at an offset within this stack's share. */
    public StackMemory at(long from) {
        return new StackMemory(backend, guard, storage, denseGradients, from);
    }

    ThreadGuard guard() {
        return guard;
    }
}
