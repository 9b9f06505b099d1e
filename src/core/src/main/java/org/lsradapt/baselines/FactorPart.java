package org.lsradapt.baselines;

import java.util.Arrays;
import java.util.Optional;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The P's or the Q's of one factor in a stack, from which matrices are materialized: an array [n, s, inner, width] with
 * its gradient. They are parameters of each adapter, or parameters shared by all, or the identity, which has no
 * parameters.
 */
final class FactorPart implements AutoCloseable {
    /** The parameters [n or 1, s, inner, width]; empty for the identity. */
    private final Optional<StackMemory.Piece> parameters;

    private final INDArray value;
    private final INDArray gradient;
    private final boolean owned;
    private final Optional<Copies> copies;

    private FactorPart(
            Optional<StackMemory.Piece> parameters,
            INDArray value,
            INDArray gradient,
            boolean owned,
            Optional<Copies> copies) {
        this.parameters = parameters;
        this.value = value;
        this.gradient = gradient;
        this.owned = owned;
        this.copies = copies;
    }

    /** Shared parameters [1, length], the ones [n, 1] that copy them for all adapters [n, length], and gradients. */
    private record Copies(INDArray ones, INDArray shared, INDArray gradShared, INDArray all, INDArray gradAll) {

        static Copies of(int n, StackMemory.Piece shared, INDArray value, INDArray gradient) {
            long length = shared.value().length();
            return new Copies(
                    Nd4j.ones(value.dataType(), n, 1),
                    Views.piece(shared.value(), 0, 1, length),
                    Views.piece(shared.gradient(), 0, 1, length),
                    Views.piece(value, 0, n, length),
                    Views.piece(gradient, 0, n, length));
        }
    }

    static FactorPart own(StackMemory memory, int n, int terms, int inner, int width) {
        StackMemory.Piece piece = memory.next(n, terms, inner, width);
        return new FactorPart(Optional.of(piece), piece.value(), piece.gradient(), false, Optional.empty());
    }

    static FactorPart shared(StackMemory memory, int n, int terms, int inner, int width) {
        StackMemory.Piece piece = memory.next(1, terms, inner, width);
        INDArray value = Nd4j.zeros(memory.dataType(), n, terms, inner, width);
        INDArray gradient = Nd4j.zeros(memory.dataType(), n, terms, inner, width);
        return new FactorPart(
                Optional.of(piece), value, gradient, true, Optional.of(Copies.of(n, piece, value, gradient)));
    }

    static FactorPart identity(DataType type, int n, int terms, int size) {
        INDArray value = Nd4j.zeros(type, n, terms, size, size);
        for (int i = 0; i < n * terms; i++) {
            for (int j = 0; j < size; j++) {
                value.putScalar(((long) i * size + j) * size + j, 1);
            }
        }
        return new FactorPart(Optional.empty(), value, Nd4j.zeros(type, n, terms, size, size), true, Optional.empty());
    }

    boolean isIdentity() {
        return parameters.isEmpty();
    }

    /** An adapter's parameters [s, inner, width] with their gradient, views. */
    StackMemory.Piece of(int index) {
        StackMemory.Piece piece = parameters.orElseThrow();
        long from = copies.isPresent()
                ? 0
                : index * (piece.value().length() / piece.value().size(0));
        long[] shape = Arrays.copyOfRange(piece.value().shape(), 1, 4);
        return new StackMemory.Piece(
                Views.piece(piece.value(), from, shape), Views.piece(piece.gradient(), from, shape));
    }

    /** The factors viewed as {@code sums} sums of {@code terms} terms each; sums·terms = n·s. */
    INDArray values(int sums, int terms) {
        return Views.piece(value, 0, sums, terms, value.size(2), value.size(3));
    }

    /** The gradient in the same view, see {@link #values}. */
    INDArray gradients(int sums, int terms) {
        return Views.piece(gradient, 0, sums, terms, value.size(2), value.size(3));
    }

    /** Copies shared parameters to all adapters. */
    void spread(Backend backend) {
        copies.ifPresent(c -> backend.gemm(c.ones, false, c.shared, false, 1, 0, c.all));
    }

    /** Adds up the gradients of shared parameters. */
    void collect(Backend backend) {
        copies.ifPresent(c -> backend.gemm(c.ones, true, c.gradAll, false, 1, 0, c.gradShared));
    }

    @Override
    public void close() {
        if (owned) {
            value.close();
            gradient.close();
        }
        copies.ifPresent(c -> c.ones.close());
    }
}
