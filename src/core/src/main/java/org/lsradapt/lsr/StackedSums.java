package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * n trainable Kronecker sums of one shape, stacked along the first axis: factors [n, s, rows_i, cols_i] with their
 * gradients, and the dense matrices [n, rows, cols] with theirs.
 *
 * @param denseFrom where the dense gradients begin in {@link DenseGradients}
 */
record StackedSums(
        List<INDArray> factors,
        INDArray termWeights,
        INDArray dense,
        List<INDArray> gradFactors,
        INDArray gradTermWeights,
        INDArray gradDense,
        long denseFrom) {

    /** Takes memory for n sums, whose dense gradients begin at {@code denseFrom}; see {@link #collectGradients}. */
    static StackedSums allocate(
            int n, LsrStack.Shape shape, List<Integer> rows, List<Integer> cols, StackMemory memory, long denseFrom) {
        int s = shape.separationRank();
        List<INDArray> factors = new ArrayList<>();
        List<INDArray> gradFactors = new ArrayList<>();
        long denseRows = 1;
        long denseCols = 1;
        for (int i = 0; i < rows.size(); i++) {
            StackMemory.Piece piece = memory.next(n, s, rows.get(i), cols.get(i));
            factors.add(piece.value());
            gradFactors.add(piece.gradient());
            denseRows *= rows.get(i);
            denseCols *= cols.get(i);
        }
        StackMemory.Piece weights = shape.termWeights() ? memory.next(n, s) : new StackMemory.Piece(null, null);
        return new StackedSums(
                factors,
                weights.value(),
                Nd4j.zeros(memory.dataType(), n, denseRows, denseCols),
                gradFactors,
                weights.gradient(),
                memory.denseGradients().view(denseFrom, n, denseRows, denseCols),
                denseFrom);
    }

    static long parameters(LsrStack.Shape shape, List<Integer> rows, List<Integer> cols) {
        long perTerm = shape.termWeights() ? 1 : 0;
        for (int i = 0; i < rows.size(); i++) {
            perTerm += (long) rows.get(i) * cols.get(i);
        }
        return perTerm * shape.separationRank();
    }

    /** The m-th sum as a stack of one; views. */
    StackedSums slice(int m) {
        return new StackedSums(
                factors.stream().map(factor -> slice(factor, m)).toList(),
                slice(termWeights, m),
                slice(dense, m),
                gradFactors.stream().map(factor -> slice(factor, m)).toList(),
                slice(gradTermWeights, m),
                slice(gradDense, m),
                denseFrom + m * (dense.length() / dense.size(0)));
    }

    private static INDArray slice(INDArray stack, int m) {
        if (stack == null) {
            return null;
        }
        long[] shape = stack.shape().clone();
        shape[0] = 1;
        return Views.piece(stack, m * (stack.length() / stack.size(0)), shape);
    }

    /** The only sum of a stack of one; views of factors and λ. */
    KroneckerSum sum(Backend backend) {
        return KroneckerSum.of(factors.stream().map(StackedSums::only).toList(), only(termWeights), backend);
    }

    /** The gradients of {@link #sum}, in the same form. */
    KroneckerSum gradient(Backend backend) {
        return KroneckerSum.of(gradFactors.stream().map(StackedSums::only).toList(), only(gradTermWeights), backend);
    }

    /** The only dense matrix of a stack of one, [rows, cols]; a view. */
    INDArray matrix() {
        return only(dense);
    }

    private static INDArray only(INDArray stack) {
        return stack == null ? null : Views.piece(stack, 0, Arrays.copyOfRange(stack.shape(), 1, stack.rank()));
    }

    void materialize(Backend backend) {
        backend.materialize(factors, termWeights, dense);
    }

    void collectGradients(Backend backend) {
        backend.materializeGradient(factors, termWeights, gradDense, gradFactors, gradTermWeights);
    }

    void close() {
        dense.close();
    }
}
