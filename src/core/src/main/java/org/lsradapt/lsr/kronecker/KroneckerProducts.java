package org.lsradapt.lsr.kronecker;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** x·M and y·Mᵀ for a Kronecker sum M, through the dense matrix or through the factors. */
final class KroneckerProducts {

    private KroneckerProducts() {}

    static INDArray apply(KroneckerSum sum, INDArray x, boolean transpose, KroneckerSum.Way way, Backend backend) {
        return switch (way) {
            case THROUGH_DENSE -> throughDense(sum, x, transpose, backend);
            case THROUGH_FACTORS -> throughFactors(sum, x, transpose, backend);
        };
    }

    private static INDArray throughDense(KroneckerSum sum, INDArray x, boolean transpose, Backend backend) {
        try (INDArray dense = sum.materialize()) {
            long out = transpose ? sum.rows() : sum.columns();
            INDArray y = Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), out}, 'c');
            backend.gemm(contiguous(x), false, dense, transpose, 1, 0, y);
            return y;
        }
    }

    /**
     * With first factors F_k [p₁, q₁] and products of the others T_k [p₂, q₂], transposed if M is: one product for
     * z = x·[T_1 … T_s], x seen as [n·p₁, p₂], and one per row of x for y = Σ_k λ_k F_kᵀ·z_k, [q₁, p₁·s] by [p₁·s, q₂].
     */
    private static INDArray throughFactors(KroneckerSum sum, INDArray x, boolean transpose, Backend backend) {
        long n = x.size(0);
        INDArray first = sum.factors().get(0);
        long s = first.size(0);
        long p1 = first.size(transpose ? 2 : 1);
        long q1 = first.size(transpose ? 1 : 2);
        long p2 = (transpose ? sum.columns() : sum.rows()) / p1;
        long q2 = (transpose ? sum.rows() : sum.columns()) / q1;
        INDArray y = Nd4j.createUninitialized(x.dataType(), new long[] {n, q1 * q2}, 'c');
        try (INDArray others = sideBySide(others(sum, backend), transpose);
                INDArray firsts = firstsAsRows(first, sum.termWeights(), transpose);
                INDArray z = Nd4j.createUninitialized(x.dataType(), new long[] {n * p1, s * q2}, 'c')) {
            backend.gemm(contiguous(x).reshape('c', n * p1, p2), false, others, false, 1, 0, z);
            backend.gemmEach(firsts, z.reshape('c', n, p1 * s, q2), y.reshape('c', n, q1, q2));
            return y;
        }
    }

    /** The Kronecker products of all factors but the first, one per term: [s, rows, cols], new. */
    private static INDArray others(KroneckerSum sum, Backend backend) {
        List<INDArray> factors = sum.factors();
        INDArray first = factors.get(0);
        long s = first.size(0);
        if (factors.size() == 1) {
            return Nd4j.ones(first.dataType(), s, 1, 1);
        }
        List<INDArray> single = new ArrayList<>();
        for (INDArray factor : factors.subList(1, factors.size())) {
            single.add(factor.reshape('c', s, 1, factor.size(1), factor.size(2)));
        }
        INDArray products = Nd4j.createUninitialized(
                first.dataType(), new long[] {s, sum.rows() / first.size(1), sum.columns() / first.size(2)}, 'c');
        backend.materialize(single, null, products);
        return products;
    }

    /** Rearranges T [s, p, q] (or its transposes) to [T_1 … T_s], [p, s·q], new; closes T. */
    private static INDArray sideBySide(INDArray stack, boolean transpose) {
        try (stack) {
            INDArray transposed = transpose ? stack.permute(2, 0, 1) : stack.permute(1, 0, 2);
            return transposed.dup('c').reshape('c', transposed.size(0), transposed.size(1) * transposed.size(2));
        }
    }

    /** Turns F [s, p, q] (or its transposes) and λ into [λ_k F_kᵀ], [q, p·s], new. */
    private static INDArray firstsAsRows(INDArray stack, INDArray termWeights, boolean transpose) {
        INDArray transposed = (transpose ? stack.permute(1, 2, 0) : stack.permute(2, 1, 0)).dup('c');
        INDArray rows = transposed.reshape('c', transposed.size(0) * transposed.size(1), transposed.size(2));
        if (termWeights != null) {
            rows.muliRowVector(termWeights);
        }
        return rows.reshape('c', transposed.size(0), transposed.size(1) * transposed.size(2));
    }

    private static INDArray contiguous(INDArray x) {
        return x.ordering() == 'c' && !x.isView() ? x : x.dup('c');
    }
}
