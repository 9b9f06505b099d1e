package org.lsradapt.lsr;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** x·M and y·Mᵀ of a Kronecker sum, by the cheaper of two ways. */
final class KroneckerProducts {

    private KroneckerProducts() {}

    static INDArray apply(KroneckerSum sum, INDArray x, boolean transpose, Backend backend) {
        return factorWise(sum, x.size(0), transpose)
                ? throughFactors(sum, x, transpose, backend)
                : throughDense(sum, x, transpose, backend);
    }

    /** Whether n rows times the factors take fewer multiply-adds than building M and multiplying by it. */
    static boolean factorWise(KroneckerSum sum, long n, boolean transpose) {
        double area = (double) sum.rows() * sum.columns();
        double dense = area * sum.separationRank() + area * n;
        double perRow = 0;
        double width = transpose ? sum.columns() : sum.rows();
        for (int i = sum.factors().size() - 1; i >= 0; i--) {
            INDArray factor = sum.factors().get(i);
            long to = factor.size(transpose ? 1 : 2);
            perRow += width * to;
            width = width / factor.size(transpose ? 2 : 1) * to;
        }
        return perRow * n * sum.separationRank() < dense;
    }

    static INDArray throughDense(KroneckerSum sum, INDArray x, boolean transpose, Backend backend) {
        try (INDArray dense = sum.materialize()) {
            long out = transpose ? sum.rows() : sum.columns();
            INDArray y = Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), out}, 'c');
            backend.gemm(contiguous(x), false, dense, transpose, 1, 0, y);
            return y;
        }
    }

    /**
     * For each term, contracts the axes of x, seen as [n, rows_1, …, rows_d], one after the other with the factors, the
     * last axis first; each contraction puts the new axis in front of the remaining ones, so that after d of them the
     * order is as before.
     */
    static INDArray throughFactors(KroneckerSum sum, INDArray x, boolean transpose, Backend backend) {
        long n = x.size(0);
        long out = transpose ? sum.rows() : sum.columns();
        INDArray y = Nd4j.zeros(x.dataType(), n, out);
        INDArray input = contiguous(x);
        for (int k = 0; k < sum.separationRank(); k++) {
            INDArray current = input;
            for (int i = sum.factors().size() - 1; i >= 0; i--) {
                INDArray stack = sum.factors().get(i);
                INDArray factor =
                        Views.piece(stack, k * stack.size(1) * stack.size(2), stack.size(1), stack.size(2));
                current = contractLast(current, factor, n, transpose, backend);
            }
            INDArray term = current.reshape('c', n, out);
            if (sum.termWeights() != null) {
                term.muli(sum.termWeights().getDouble(k));
            }
            y.addi(term);
        }
        return y;
    }

    /** From [n, …, p] and F [p, q] (or its transpose) to [n, q, …]. */
    private static INDArray contractLast(INDArray x, INDArray factor, long n, boolean transpose, Backend backend) {
        long p = factor.size(transpose ? 1 : 0);
        long q = factor.size(transpose ? 0 : 1);
        long others = x.length() / p;
        INDArray product = Nd4j.createUninitialized(x.dataType(), new long[] {others, q}, 'c');
        backend.gemm(x.reshape('c', others, p), false, factor, transpose, 1, 0, product);
        return product.reshape('c', n, others / n, q).permute(0, 2, 1).dup('c');
    }

    private static INDArray contiguous(INDArray x) {
        return x.ordering() == 'c' && !x.isView() ? x : x.dup('c');
    }
}
