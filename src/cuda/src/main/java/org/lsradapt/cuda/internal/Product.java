package org.lsradapt.cuda.internal;

/**
 * A matrix product of row-major matrices.
 *
 * @param precision the arithmetic; the product is FLOAT
 * @param transposeA whether A is stored as [k, m]
 * @param transposeB whether B is stored as [n, k]
 * @param strideA distance between stored rows of A
 * @param strideB distance between stored rows of B
 * @param strideC distance between rows of C
 * @param beta factor of C; with 0, C is not read
 */
public record Product(
        Precision precision,
        int m,
        int n,
        int k,
        boolean transposeA,
        boolean transposeB,
        int strideA,
        int strideB,
        int strideC,
        double alpha,
        double beta) {

    /** A product of matrices without gaps. */
    public static Product of(
            Precision precision,
            int m,
            int n,
            int k,
            boolean transposeA,
            boolean transposeB,
            double alpha,
            double beta) {
        return new Product(
                precision, m, n, k, transposeA, transposeB, transposeA ? m : k, transposeB ? k : n, n, alpha, beta);
    }
}
