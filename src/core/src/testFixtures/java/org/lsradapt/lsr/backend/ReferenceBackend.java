package org.lsradapt.lsr.backend;

import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The definitions, element by element, in double precision whatever the operands' type. Slow; for tests and for
 * checking other backends.
 */
public final class ReferenceBackend implements Backend {

    /**
     * A backend.
     *
     * @throws IllegalStateException if no ND4J backend can be used
     */
    public ReferenceBackend() {
        InstalledNd4j.require();
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public void materialize(List<INDArray> factors, INDArray termWeights, INDArray out) {
        Stack stack = new Stack(factors, termWeights);
        double[] dense = new double[stack.n * stack.rows * stack.cols];
        for (int m = 0; m < stack.n; m++) {
            for (int p = 0; p < stack.rows; p++) {
                for (int q = 0; q < stack.cols; q++) {
                    double sum = 0;
                    for (int k = 0; k < stack.s; k++) {
                        sum += stack.weight(m, k) * stack.product(m, k, p, q, -1);
                    }
                    dense[(m * stack.rows + p) * stack.cols + q] = sum;
                }
            }
        }
        store(dense, out);
    }

    @Override
    public void materializeGradient(
            List<INDArray> factors,
            INDArray termWeights,
            INDArray gradOut,
            List<INDArray> gradFactors,
            INDArray gradTermWeights) {
        Stack stack = new Stack(factors, termWeights);
        double[] g = load(gradOut);
        double[][] grads = new double[stack.d][];
        for (int i = 0; i < stack.d; i++) {
            grads[i] = new double[stack.values[i].length];
        }
        double[] gradWeights = new double[stack.n * stack.s];
        for (int m = 0; m < stack.n; m++) {
            for (int k = 0; k < stack.s; k++) {
                for (int p = 0; p < stack.rows; p++) {
                    for (int q = 0; q < stack.cols; q++) {
                        double incoming = g[(m * stack.rows + p) * stack.cols + q];
                        for (int i = 0; i < stack.d; i++) {
                            grads[i][stack.index(i, m, k, p, q)] +=
                                    incoming * stack.weight(m, k) * stack.product(m, k, p, q, i);
                        }
                        gradWeights[m * stack.s + k] += incoming * stack.product(m, k, p, q, -1);
                    }
                }
            }
        }
        for (int i = 0; i < stack.d; i++) {
            store(grads[i], gradFactors.get(i));
        }
        if (gradTermWeights != null) {
            store(gradWeights, gradTermWeights);
        }
    }

    @Override
    public void fillRows(INDArray vector, INDArray out) {
        for (long i = 0; i < out.size(0); i++) {
            for (long j = 0; j < out.size(1); j++) {
                out.putScalar(i, j, vector.getDouble(j));
            }
        }
    }

    @Override
    public void gemm(
            INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c) {
        int m = (int) c.size(0);
        int n = (int) c.size(1);
        int inner = (int) (transposeA ? a.size(0) : a.size(1));
        double[] left = load(transposeA ? a.transpose() : a);
        double[] right = load(transposeB ? b.transpose() : b);
        double[] old = load(c);
        double[] result = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += left[i * inner + k] * right[k * n + j];
                }
                result[i * n + j] = alpha * sum + (beta == 0 ? 0 : beta * old[i * n + j]);
            }
        }
        store(result, c);
    }

    private static double[] load(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    private static void store(double[] values, INDArray array) {
        array.assign(Nd4j.createFromArray(values).castTo(array.dataType()).reshape('c', array.shape()));
    }

    /** The factors as plain arrays, with the index arithmetic of the Kronecker product. */
    private static final class Stack {
        final int d;
        final int n;
        final int s;
        final int rows;
        final int cols;
        final double[][] values;
        final int[] factorRows;
        final int[] factorCols;
        final int[][] rowOf;
        final int[][] columnOf;
        final double[] weights;

        Stack(List<INDArray> factors, INDArray termWeights) {
            d = factors.size();
            n = (int) factors.get(0).size(0);
            s = (int) factors.get(0).size(1);
            values = new double[d][];
            factorRows = new int[d];
            factorCols = new int[d];
            int productRows = 1;
            int productCols = 1;
            for (int i = 0; i < d; i++) {
                values[i] = load(factors.get(i));
                factorRows[i] = (int) factors.get(i).size(2);
                factorCols[i] = (int) factors.get(i).size(3);
                productRows *= factorRows[i];
                productCols *= factorCols[i];
            }
            rows = productRows;
            cols = productCols;
            rowOf = new int[d][];
            columnOf = new int[d][];
            for (int i = 0; i < d; i++) {
                rowOf[i] = indices(factorRows, i, rows);
                columnOf[i] = indices(factorCols, i, cols);
            }
            weights = termWeights == null ? null : load(termWeights);
        }

        double weight(int m, int k) {
            return weights == null ? 1 : weights[m * s + k];
        }

        /** Where the element of factor i lies that takes part in element (p, q) of the dense matrix. */
        int index(int i, int m, int k, int p, int q) {
            return ((m * s + k) * factorRows[i] + rowOf[i][p]) * factorCols[i] + columnOf[i][q];
        }

        /** The index into factor i for each index into the product of factors of these sizes. */
        private static int[] indices(int[] sizes, int i, int product) {
            int behind = IntStream.range(i + 1, sizes.length).map(j -> sizes[j]).reduce(1, (x, y) -> x * y);
            return IntStream.range(0, product)
                    .map(index -> index / behind % sizes[i])
                    .toArray();
        }

        /** Product over the factors of term k at (p, q), without factor {@code omitted}. */
        double product(int m, int k, int p, int q, int omitted) {
            double product = 1;
            for (int i = 0; i < d; i++) {
                if (i != omitted) {
                    product *= values[i][index(i, m, k, p, q)];
                }
            }
            return product;
        }
    }
}
