package org.lsradapt.lsr.numerics;

import java.util.Comparator;
import java.util.List;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.kronecker.KroneckerSum;

/**
 * The numerical condition of an adapted layer: how well A and B are conditioned, the spectrum of the update ΔW = c·A·B,
 * and the error of ΔW for factors in a given precision.
 *
 * @param layer the layer's full name
 * @param a the condition of A [in, r]
 * @param b the condition of B [r, out]
 * @param normA ‖A‖₂
 * @param normB ‖B‖₂
 * @param update the singular values of ΔW
 * @param scaling c
 */
public record UpdateCondition(
        String layer,
        ConditionNumber a,
        ConditionNumber b,
        double normA,
        double normB,
        UpdateSpectrum update,
        double scaling) {

    /**
     * Analyses one layer.
     *
     * @param a A [in, r]
     * @param b B [r, out]
     * @param scaling c
     * @throws IllegalArgumentException if A's columns are not B's rows
     */
    public static UpdateCondition of(String layer, KroneckerSum a, KroneckerSum b, double scaling) {
        return new UpdateCondition(
                layer,
                ConditionNumber.of(a),
                ConditionNumber.of(b),
                spectralNorm(a),
                spectralNorm(b),
                UpdateSpectrum.of(a, b, scaling),
                scaling);
    }

    private static double spectralNorm(KroneckerSum sum) {
        return SingularValues.of(RoundedSum.dense(sum)).sigma()[0];
    }

    /** Analyses all layers of a model; the worst conditioned comes first. */
    public static List<UpdateCondition> ofAll(AdapterSet adapters) {
        return worstFirst(
                adapters.lsrAdapters().stream().map(UpdateCondition::of).toList());
    }

    private static UpdateCondition of(LsrAdapter adapter) {
        return of(adapter.name(), adapter.a(), adapter.b(), adapter.scaling());
    }

    /** Returns the layers in a new list by the fraction of their update that a precision loses, largest first; an update of 0 last. */
    public static List<UpdateCondition> worstFirst(List<UpdateCondition> layers) {
        return layers.stream()
                .sorted(Comparator.comparingDouble((UpdateCondition layer) -> {
                            double error = layer.relativeError(Precision.FP16);
                            return Double.isNaN(error) && layer.update().normF() == 0 ? -1 : error;
                        })
                        .reversed())
                .toList();
    }

    /**
     * The error of ΔW that the paper's bound predicts for factors in a precision: with ε_A and ε_B of
     * {@link ConditionNumber#smallestError}, c·(ε_A²‖B‖₂² + ‖A‖₂²ε_B²)^½, since the errors of A and B are uncorrelated
     * and ‖δA·B‖_F ≤ ‖δA‖_F·‖B‖₂.
     *
     * @param precision the format that holds the factors
     * @return an absolute error in ΔW, in the Frobenius norm
     */
    public double smallestError(Precision precision) {
        return Math.abs(scaling) * Math.hypot(a.smallestError(precision) * normB, normA * b.smallestError(precision));
    }

    /**
     * An error of ΔW that factors in a precision cannot exceed: c·(ε_A‖B‖₂ + ‖A‖₂ε_B + ε_Aε_B) with the worst-case
     * errors of A and B.
     *
     * @param precision the format that holds the factors
     * @return an absolute error in ΔW, in the Frobenius norm
     */
    public double worstCaseError(Precision precision) {
        double errorA = a.worstCaseError(precision);
        double errorB = b.worstCaseError(precision);
        return Math.abs(scaling) * (errorA * normB + normA * errorB + errorA * errorB);
    }

    /** {@link #smallestError} over ‖ΔW‖_F; NaN if ΔW is 0. */
    public double relativeError(Precision precision) {
        return smallestError(precision) / update.normF();
    }
}
