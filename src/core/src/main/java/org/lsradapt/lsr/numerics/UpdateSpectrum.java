package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The non-zero part of the spectrum of an update ΔW = c·A·B [in, out]: its r largest singular values, from the QR
 * factors of A and Bᵀ and an r×r core, in double precision; ΔW is never formed.
 *
 * @param singularValues min(r, in, out) values, largest first
 */
@SuppressWarnings("ArrayRecordComponent")
public record UpdateSpectrum(double[] singularValues) {

    /** The singular values of an adapter's update as it is now. */
    public static UpdateSpectrum of(LsrAdapter adapter) {
        return of(adapter.a(), adapter.b(), adapter.scaling());
    }

    /**
     * The spectrum of c·A·B.
     *
     * @param a A [in, r]
     * @param b B [r, out]
     * @param scaling c
     * @return its singular values
     * @throws IllegalArgumentException if A's columns are not B's rows
     */
    public static UpdateSpectrum of(KroneckerSum a, KroneckerSum b, double scaling) {
        Require.argument(
                a.columns() == b.rows(), "update spectrum: A has %d columns, B %d rows", a.columns(), b.rows());
        INDArray left = a.materialize().castTo(DataType.DOUBLE).muli(scaling);
        INDArray right = b.materialize().castTo(DataType.DOUBLE).transpose();
        return new UpdateSpectrum(SingularValues.ofProduct(left, right).sigma());
    }

    /** ‖ΔW‖_F. */
    public double normF() {
        double squares = 0;
        for (double sigma : singularValues) {
            squares += sigma * sigma;
        }
        return Math.sqrt(squares);
    }

    /** κ₂ = σ₁/σ_r within the update's r directions; ∞ if it has fewer than r, NaN if ΔW is 0. */
    public double conditionNumber() {
        return singularValues[0] / singularValues[singularValues.length - 1];
    }

    /**
     * Effective rank, exp(−Σ p_i ln p_i) with p_i = σ_i/Σσ (Roy and Vetterli, EUSIPCO 2007): r for equal singular
     * values, 1 for a single one, 0 for ΔW = 0.
     */
    public double effectiveRank() {
        double total = 0;
        for (double sigma : singularValues) {
            total += sigma;
        }
        if (total == 0) {
            return 0;
        }
        double entropy = 0;
        for (double sigma : singularValues) {
            double p = sigma / total;
            entropy -= p > 0 ? p * Math.log(p) : 0;
        }
        return Math.exp(entropy);
    }

    @Override
    public String toString() {
        return "UpdateSpectrum[singularValues=" + ArrayText.of(singularValues) + "]";
    }
}
