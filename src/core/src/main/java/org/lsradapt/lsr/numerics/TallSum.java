package org.lsradapt.lsr.numerics;

import static org.lsradapt.lsr.numerics.SmallMatrices.add;
import static org.lsradapt.lsr.numerics.SmallMatrices.dot;

import java.util.Arrays;
import java.util.Random;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One side of a product L·Rᵀ that {@link LoraConversion} improves: a matrix [n₁n₂, r₁r₂] = Σ_k P_k ⊗ Q_k, with P_k [n₁,
 * r₁] and Q_k [n₂, r₂] stored as rows.
 */
final class TallSum {
    /** The proximal weight, relative to the system's mean diagonal: convergence stays fast, systems solvable. */
    private static final double PROXIMAL = 1e-10;

    private final int[] n;
    private final int[] r;
    private final double[][][] stacks;

    private TallSum(int[] n, int[] r, double[][][] stacks) {
        this.n = n;
        this.r = r;
        this.stacks = stacks;
    }

    /** The nearest sum of exactly s terms to a matrix; terms that are not needed are zero. */
    static TallSum nearest(double[][] dense, int[] n, int[] r, int terms) {
        KroneckerSum sum = NearestSum.ofMatrix(Nd4j.createFromArray(dense), n[0], r[0], terms)
                .sum();
        double[][][] stacks = new double[2][][];
        for (int i = 0; i < 2; i++) {
            double[][] found = SmallMatrices.rows(sum.factors().get(i));
            stacks[i] = Arrays.copyOf(found, terms);
            for (int k = found.length; k < terms; k++) {
                stacks[i][k] = new double[n[i] * r[i]];
            }
        }
        return new TallSum(n, r, stacks);
    }

    TallSum copy() {
        double[][][] copies = new double[2][][];
        for (int i = 0; i < 2; i++) {
            copies[i] = Arrays.stream(stacks[i]).map(double[]::clone).toArray(double[][]::new);
        }
        return new TallSum(n, r, copies);
    }

    /** The matrix, [n₁n₂][r₁r₂], new. */
    double[][] dense() {
        double[][] dense = new double[n[0] * n[1]][r[0] * r[1]];
        for (int k = 0; k < stacks[0].length; k++) {
            for (int a = 0; a < n[0]; a++) {
                for (int c = 0; c < r[0]; c++) {
                    double first = stacks[0][k][a * r[0] + c];
                    for (int b = 0; b < n[1]; b++) {
                        for (int d = 0; d < r[1]; d++) {
                            dense[a * n[1] + b][c * r[1] + d] += first * stacks[1][k][b * r[1] + d];
                        }
                    }
                }
            }
        }
        return dense;
    }

    /**
     * Minimizes tr(M·H·Mᵀ) − 2⟨M, K⟩ over the first factors, then over the second.
     *
     * @param h H [r₁r₂, r₁r₂], symmetric, at least positive semidefinite
     * @param random gives directions for terms with nothing left to represent
     */
    void improve(double[][] h, double[][] k, Random random) {
        improve(0, h, k, random);
        improve(1, h, k, random);
    }

    /**
     * Minimizes over factor x with factor y fixed. The rows of all x_k decouple and share one matrix,
     * W[(k,c),(k',c')] = Σ_dd' ⟨y_k[·,d], y_k'[·,d']⟩·H[(c,d),(c',d')].
     */
    private void improve(int x, double[][] h, double[][] k, Random random) {
        int y = 1 - x;
        orthogonalize(y, random);
        double[][] system = system(x, h);
        double[][] solution = rightSides(x, k);
        double trace = 0;
        for (int i = 0; i < system.length; i++) {
            trace += system[i][i];
        }
        double proximal = PROXIMAL * trace / system.length + Double.MIN_NORMAL;
        for (int i = 0; i < system.length; i++) {
            system[i][i] += proximal;
            for (int a = 0; a < n[x]; a++) {
                solution[i][a] += proximal * stacks[x][i / r[x]][a * r[x] + i % r[x]];
            }
        }
        SmallMatrices.solve(system, solution);
        for (int i = 0; i < solution.length; i++) {
            for (int a = 0; a < n[x]; a++) {
                stacks[x][i / r[x]][a * r[x] + i % r[x]] = solution[i][a];
            }
        }
    }

    private double[][] system(int x, double[][] h) {
        int y = 1 - x;
        int terms = stacks[0].length;
        double[][] columns = new double[terms * r[y]][];
        for (int k = 0; k < terms; k++) {
            for (int d = 0; d < r[y]; d++) {
                columns[k * r[y] + d] = column(stacks[y][k], n[y], r[y], d);
            }
        }
        double[][] gram = SmallMatrices.productTransposed(columns, columns);
        double[][] system = new double[terms * r[x]][terms * r[x]];
        for (int i = 0; i < system.length; i++) {
            for (int j = 0; j < system.length; j++) {
                double sum = 0;
                for (int d = 0; d < r[y]; d++) {
                    double[] grams = gram[i / r[x] * r[y] + d];
                    double[] weights = h[at(x, i % r[x], d)];
                    for (int e = 0; e < r[y]; e++) {
                        sum += grams[j / r[x] * r[y] + e] * weights[at(x, j % r[x], e)];
                    }
                }
                system[i][j] = sum;
            }
        }
        return system;
    }

    private static double[] column(double[] matrix, int rows, int columns, int index) {
        double[] column = new double[rows];
        for (int i = 0; i < rows; i++) {
            column[i] = matrix[i * columns + index];
        }
        return column;
    }

    /** Σ_bd K[(a,b),(c,d)]·y_k[b,d], as [(k,c)][a]. */
    private double[][] rightSides(int x, double[][] k) {
        int y = 1 - x;
        double[][] sides = new double[stacks[0].length * r[x]][n[x]];
        double[] block = new double[n[y] * r[y]];
        for (int a = 0; a < n[x]; a++) {
            for (int c = 0; c < r[x]; c++) {
                for (int b = 0; b < n[y]; b++) {
                    double[] row = k[x == 0 ? a * n[1] + b : b * n[1] + a];
                    for (int d = 0; d < r[y]; d++) {
                        block[b * r[y] + d] = row[at(x, c, d)];
                    }
                }
                for (int term = 0; term < stacks[0].length; term++) {
                    sides[term * r[x] + c][a] = dot(block, stacks[y][term]);
                }
            }
        }
        return sides;
    }

    /** The column of the matrix with index c in factor x and d in the other. */
    private int at(int x, int c, int d) {
        return x == 0 ? c * r[1] + d : d * r[1] + c;
    }

    /** Rewrites the same matrix with orthonormal factors y; new directions of dependent ones have weight 0. */
    private void orthogonalize(int y, Random random) {
        rotate(y);
        boolean spare = false;
        for (double[] factor : stacks[y]) {
            if (dot(factor, factor) == 0) {
                double[] drawn = random.doubles(factor.length, -1, 1).toArray();
                System.arraycopy(drawn, 0, factor, 0, drawn.length);
                spare = true;
            }
        }
        if (spare) {
            rotate(y);
        }
    }

    private void rotate(int y) {
        double[][] upper = Orthogonal.orthogonalize(stacks[y]);
        double[][] rotated = new double[upper.length][stacks[1 - y][0].length];
        for (int i = 0; i < upper.length; i++) {
            for (int k = i; k < upper.length; k++) {
                add(upper[i][k], stacks[1 - y][k], rotated[i]);
            }
        }
        stacks[1 - y] = rotated;
    }

    /** The matrix times a factor, or its transpose, in the fewest orthogonal terms. */
    KroneckerSum sum(double factor, boolean transposed, DataType type) {
        INDArray[] factors = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            INDArray stack = SmallMatrices.stack(stacks[i], DataType.DOUBLE, n[i], r[i]);
            factors[i] = transposed ? stack.permute(0, 2, 1).dup('c') : stack;
        }
        factors[0].muli(factor);
        KroneckerSum orthogonal =
                NearestSum.ofSum(KroneckerSum.of(factors), stacks[0].length).sum();
        return KroneckerSum.of(
                orthogonal.factors().get(0).castTo(type),
                orthogonal.factors().get(1).castTo(type));
    }
}
