package org.lsradapt.cuda.internal;

/**
 * A matrix product of row-major matrices.
 *
 * @param type the type of the numbers and of their product
 * @param m rows of C
 * @param n columns of C
 * @param k columns of op(A)
 * @param transposeA whether A is stored as [k, m]
 * @param transposeB whether B is stored as [n, k]
 * @param strideA distance between stored rows of A
 * @param strideB distance between stored rows of B
 * @param strideC distance between rows of C
 * @param alpha factor of the product
 * @param beta factor of C; with 0, C is not read
 */
public record Product(
        Type type,
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

    public enum Type {
        /** FLOAT, multiplied in FLOAT. */
        F32(4, 4),
        /** FLOAT, rounded to 10 fraction bits before multiplication; sums in FLOAT. */
        TF32(4, 4),
        /** BF16, sums in FLOAT, results in BF16. */
        BF16(2, 2),
        /** BF16, sums and results in FLOAT. */
        BF16_TO_F32(2, 4);

        private final int operandBytes;
        private final int resultBytes;

        Type(int operandBytes, int resultBytes) {
            this.operandBytes = operandBytes;
            this.resultBytes = resultBytes;
        }

        public int operandBytes() {
            return operandBytes;
        }

        public int resultBytes() {
            return resultBytes;
        }
    }

    /** A product of matrices without gaps. */
    public static Product of(
            Type type, int m, int n, int k, boolean transposeA, boolean transposeB, double alpha, double beta) {
        return new Product(
                type, m, n, k, transposeA, transposeB, transposeA ? m : k, transposeB ? k : n, n, alpha, beta);
    }
}
