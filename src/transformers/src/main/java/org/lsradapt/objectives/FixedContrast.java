package org.lsradapt.objectives;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The contrast of {@link EmbeddingLoss#contrast} between trained vectors and candidates that stay as they are, such as
 * the stored vectors of passages: with the cosine s_ic of query i and candidate c, the mean over queries of
 *
 * <pre>
 *   −log( e^(s_it/τ) / Σ_c e^(s_ic/τ) )
 * </pre>
 *
 * <p>where t is the query's own candidate. For one thread at a time; closing frees its memory.
 */
public final class FixedContrast implements AutoCloseable {
    private final int width;
    private final double temperature;
    private final Backend backend;
    private final Buffer units;
    private final Buffer scores;

    /** Selects the candidates of a query's sum; its own candidate is always in it. */
    @FunctionalInterface
    public interface Counted {
        /** Whether a candidate is contrasted with a query. */
        boolean test(int query, int candidate);
    }

    /**
     * Opens memory for batches.
     *
     * @param width numbers per vector
     * @param type FLOAT or DOUBLE, the type of all arrays
     * @param temperature τ, positive
     * @param backend the arithmetic of the products; everything else is computed in double
     * @throws IllegalArgumentException if the temperature is not positive and finite
     */
    public FixedContrast(int width, DataType type, double temperature, Backend backend) {
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "contrast: temperature is %s, expected a positive number",
                temperature);
        this.width = width;
        this.temperature = temperature;
        this.backend = backend;
        units = new Buffer(type, width);
        scores = new Buffer(type, 1);
    }

    /**
     * Computes the loss of a batch and its gradient.
     *
     * @param queries the trained vectors [n, width]; not modified
     * @param candidates vectors [m, width] of norm 1; not modified
     * @param targets for each query the row of its own candidate
     * @param counted the candidates of each query's sum
     * @param gradient ∂L/∂queries [n, width], overwritten
     */
    public double loss(INDArray queries, INDArray candidates, int[] targets, Counted counted, INDArray gradient) {
        int n = targets.length;
        int m = (int) candidates.size(0);
        double[] vectors = new double[n * width];
        backend.read(queries, vectors);
        UnitVectors normalized = UnitVectors.of(vectors, width);
        INDArray rows = units.rows(n);
        backend.write(normalized.rows(), rows);
        INDArray z = Views.piece(scores.vector((long) n * m), 0, n, m);
        backend.gemm(rows, false, candidates, true, 1 / temperature, 0, z);
        double[] logits = new double[n * m];
        backend.read(z, logits);
        double[] gradLogits = new double[n * m];
        double loss = 0;
        for (int i = 0; i < n; i++) {
            int query = i;
            loss += ContrastiveLoss.crossEntropy(
                    logits,
                    i * m,
                    1,
                    m,
                    targets[i],
                    c -> c == targets[query] || counted.test(query, c),
                    1.0 / n,
                    gradLogits);
        }
        backend.write(gradLogits, z);
        backend.gemm(z, false, candidates, false, 1 / temperature, 0, rows);
        double[] byUnits = new double[n * width];
        backend.read(rows, byUnits);
        double[] byVectors = new double[n * width];
        for (int i = 0; i < n; i++) {
            normalized.addGradient(i, byUnits, 1, byVectors, i * width);
        }
        backend.write(byVectors, gradient);
        return loss;
    }

    @Override
    public void close() {
        units.close();
        scores.close();
    }
}
