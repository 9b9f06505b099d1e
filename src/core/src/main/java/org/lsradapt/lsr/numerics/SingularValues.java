package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.lsr.internal.DividedSvd;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A thin singular value decomposition, M = U·diag(σ)·Vᵀ, in double precision.
 *
 * <p>The longer side is first reduced to the shorter one's size by orthogonalizing twice (modified Gram–Schmidt with
 * re-orthogonalization), then LAPACK decomposes the small square rest; so it needs only the memory of U and V.
 *
 * @param u U [m, k], orthonormal columns, k = min(m, n)
 * @param sigma σ, k values, largest first
 * @param v V [n, k], orthonormal columns
 */
@SuppressWarnings("ArrayRecordComponent")
record SingularValues(INDArray u, double[] sigma, INDArray v) {

    static SingularValues of(INDArray matrix) {
        INDArray m = matrix.castTo(DataType.DOUBLE);
        if (m.size(0) < m.size(1)) {
            SingularValues transposed = of(m.transpose());
            return new SingularValues(transposed.v, transposed.sigma, transposed.u);
        }
        Orthogonal orthogonal = Orthogonal.of(m);
        SingularValues small = square(orthogonal.r());
        return new SingularValues(orthogonal.q().mmul(small.u), small.sigma, small.v);
    }

    /** Like {@link #of}, far faster for large matrices on the CPU, with other signs of singular vectors. */
    static SingularValues ofLarge(INDArray matrix) {
        if (!(Backends.standard() instanceof CpuBackend)) {
            return of(matrix);
        }
        DividedSvd found = DividedSvd.of(matrix);
        return new SingularValues(
                found.u(), found.sigma().toDoubleVector(), found.vt().transpose());
    }

    /** The decomposition of left·rightᵀ, [m, s] and [n, s], without forming the product. */
    static SingularValues ofProduct(INDArray left, INDArray right) {
        Orthogonal l = Orthogonal.of(left.castTo(DataType.DOUBLE));
        Orthogonal r = Orthogonal.of(right.castTo(DataType.DOUBLE));
        SingularValues core = of(l.r().mmul(r.r().transpose()));
        return new SingularValues(l.q().mmul(core.u), core.sigma, r.q().mmul(core.v));
    }

    /** The decomposition of R(M) = [λ_k vec A_k]·[vec B_k]ᵀ of a sum with two factors; see {@link NearestSum}. */
    static SingularValues ofSum(KroneckerSum sum) {
        INDArray first = columns(sum.factors().get(0));
        if (sum.termWeights() != null) {
            first.muliRowVector(sum.termWeights().castTo(DataType.DOUBLE));
        }
        return ofProduct(first, columns(sum.factors().get(1)));
    }

    /** The factors of all terms as columns, [rows·cols, s], new. */
    private static INDArray columns(INDArray stack) {
        return stack.castTo(DataType.DOUBLE)
                .reshape('c', stack.size(0), stack.size(1) * stack.size(2))
                .transpose()
                .dup('c');
    }

    /** σ alone, min(m, n) values, largest first, by LAPACK: for large matrices far faster than {@link #of}. */
    static double[] sigma(INDArray matrix) {
        long n = Math.min(matrix.size(0), matrix.size(1));
        try (INDArray tall = (matrix.size(0) < matrix.size(1) ? matrix.transpose() : matrix).dup('f');
                INDArray r = Nd4j.create(DataType.DOUBLE, new long[] {n, n}, 'f');
                INDArray sigma = Nd4j.create(DataType.DOUBLE, n)) {
            boolean square = tall.size(0) == n;
            if (!square) {
                Nd4j.getBlasWrapper().lapack().geqrf(tall, r);
            }
            Nd4j.getBlasWrapper().lapack().gesvd(square ? tall : r, sigma, null, null);
            return sigma.toDoubleVector();
        }
    }

    private static SingularValues square(INDArray matrix) {
        long n = matrix.size(0);
        INDArray sigma = Nd4j.create(DataType.DOUBLE, n);
        // LAPACK through ND4J requires all arrays in one order, and overwrites its input.
        INDArray u = Nd4j.create(DataType.DOUBLE, new long[] {n, n}, 'f');
        INDArray vt = Nd4j.create(DataType.DOUBLE, new long[] {n, n}, 'f');
        Nd4j.getBlasWrapper().lapack().gesvd(matrix.dup('f'), sigma, u, vt);
        return new SingularValues(u, sigma.toDoubleVector(), vt.transpose());
    }

    /** The root of the sum of squares of σ from an index on: the Frobenius error without those terms. */
    double tail(int from) {
        return tail(sigma, from);
    }

    /** The {@link #tail(int)} of given σ. */
    static double tail(double[] sigma, int from) {
        double squares = 0;
        for (int i = sigma.length - 1; i >= from; i--) {
            squares += sigma[i] * sigma[i];
        }
        return Math.sqrt(squares);
    }
}
