package org.lsradapt.lsr.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * M(l) = Σ_k g_k(l)·T_k for L layers, with T_k = F_k^(1) ⊗ F_k^(2): shared factors, coefficients g [L, s], the terms T
 * [s, rows·cols] and the matrices M = g·T [L, rows·cols], all with their gradients.
 */
final class SharedSum implements AutoCloseable {
    private final Backend backend;
    private final SharedShape.Sum shape;
    private final List<StackMemory.Piece> factors = new ArrayList<>();
    private final StackMemory.Piece coefficients;
    private final INDArray terms;
    private final INDArray gradTerms;
    private final INDArray matrices;
    private final INDArray gradMatrices;
    private final long denseFrom;
    /** The factors as s sums of one term each. */
    private final List<INDArray> values;

    private final List<INDArray> gradients;
    private final INDArray termMatrices;
    private final INDArray gradTermMatrices;

    /** Takes memory for L layers, whose dense gradients begin at {@code denseFrom}. */
    SharedSum(SharedShape.Sum shape, int terms, int layers, StackMemory memory, long denseFrom) {
        backend = memory.backend();
        this.shape = shape;
        this.denseFrom = denseFrom;
        for (int i = 0; i < shape.rows().size(); i++) {
            factors.add(memory.next(terms, 1, shape.rows().get(i), shape.cols().get(i)));
        }
        coefficients = memory.next(layers, terms);
        this.terms = Nd4j.zeros(memory.dataType(), terms, shape.elements());
        gradTerms = Nd4j.zeros(memory.dataType(), terms, shape.elements());
        matrices = Nd4j.zeros(memory.dataType(), layers, shape.elements());
        gradMatrices = memory.denseGradients().view(denseFrom, layers, shape.elements());
        values = factors.stream().map(StackMemory.Piece::value).toList();
        gradients = factors.stream().map(StackMemory.Piece::gradient).toList();
        termMatrices = Views.piece(this.terms, 0, terms, shape.height(), shape.width());
        gradTermMatrices = Views.piece(gradTerms, 0, terms, shape.height(), shape.width());
    }

    int layers() {
        return (int) matrices.size(0);
    }

    private int terms() {
        return (int) terms.size(0);
    }

    /** A layer's matrix as last materialized, a view. */
    INDArray matrix(int layer) {
        return Views.piece(matrices, layer * shape.elements(), shape.height(), shape.width());
    }

    long denseFrom(int layer) {
        return denseFrom + layer * shape.elements();
    }

    /** A layer's parameters, views: factors [s, rows, cols], which all layers share, then its coefficients [s]. */
    List<StackMemory.Piece> parameters(int layer) {
        List<StackMemory.Piece> pieces = new ArrayList<>();
        for (StackMemory.Piece factor : factors) {
            pieces.add(view(
                    factor, 0, terms(), factor.value().size(2), factor.value().size(3)));
        }
        pieces.add(view(coefficients, (long) layer * terms(), terms()));
        return pieces;
    }

    private static StackMemory.Piece view(StackMemory.Piece piece, long from, long... shape) {
        return new StackMemory.Piece(
                Views.piece(piece.value(), from, shape), Views.piece(piece.gradient(), from, shape));
    }

    /** Draws the factors: elements of a sum with coefficients of variance 1 get the given variance. */
    void draw(double variance, boolean zeroLast, Random random) {
        double deviation = Math.pow(variance / terms(), 1.0 / (2 * factors.size()));
        for (int i = 0; i < factors.size(); i++) {
            if (zeroLast && i == factors.size() - 1) {
                values.get(i).assign(0);
            } else {
                normal(values.get(i), deviation, random);
            }
        }
    }

    void drawCoefficients(int layer, Random random) {
        normal(Views.piece(coefficients.value(), (long) layer * terms(), terms()), 1, random);
    }

    private void normal(INDArray array, double deviation, Random random) {
        double[] numbers = new double[(int) array.length()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = deviation * random.nextGaussian();
        }
        backend.write(numbers, array);
    }

    void materialize() {
        backend.materialize(values, null, termMatrices);
        backend.gemm(coefficients.value(), false, terms, false, 1, 0, matrices);
    }

    void materialize(int layer) {
        backend.materialize(values, null, termMatrices);
        INDArray row = Views.rows(coefficients.value(), layer, layer + 1);
        backend.gemm(row, false, terms, false, 1, 0, Views.rows(matrices, layer, layer + 1));
    }

    /** Turns ∂L/∂M into the parameters' gradients, with the terms as last materialized. */
    void collectGradients() {
        backend.gemm(gradMatrices, false, terms, true, 1, 0, coefficients.gradient());
        backend.gemm(coefficients.value(), true, gradMatrices, false, 1, 0, gradTerms);
        backend.materializeGradient(values, null, gradTermMatrices, gradients, null);
    }

    KroneckerSum representation() {
        List<INDArray> first =
                parameters(0).stream().map(StackMemory.Piece::value).toList();
        List<INDArray> rows = new ArrayList<>();
        for (int layer = 0; layer < layers(); layer++) {
            rows.add(Views.piece(coefficients.value(), (long) layer * terms(), terms()));
        }
        return SharedAdapter.representation(first.subList(0, factors.size()), rows);
    }

    /** Sets all parameters; further terms become 0. */
    void represent(KroneckerSum sum) {
        int given = sum.separationRank();
        coefficients.value().assign(0);
        INDArray g = sum.factors().get(0);
        for (int layer = 0; layer < layers(); layer++) {
            for (int k = 0; k < given; k++) {
                coefficients.value().putScalar(layer, k, g.getDouble(k, layer, 0));
            }
        }
        for (int i = 0; i < factors.size(); i++) {
            INDArray from = sum.factors().get(i + 1);
            values.get(i).assign(0);
            Views.piece(values.get(i), 0, from.shape()).assign(from);
        }
    }

    @Override
    public void close() {
        terms.close();
        gradTerms.close();
        matrices.close();
    }
}
