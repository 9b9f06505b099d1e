package org.lsradapt.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

final class KroneckerGraph {

    private KroneckerGraph() {}

    /**
     * M = Σ_k λ_k M_k^(1) ⊗ … ⊗ M_k^(d). All factors except the last are multiplied term by term. The last product also sums
     * over the terms: [s, P·Q]ᵀ·[s, p·q] has all products of entries, which are then moved to their places in ⊗.
     *
     * @param factors d ≥ 1 variables [s, rows_i, cols_i]
     * @param termWeights λ [s], or null
     * @return M [Π rows_i, Π cols_i]
     */
    static SDVariable materialize(List<SDVariable> factors, SDVariable termWeights) {
        SDVariable terms = factors.get(0);
        long[] shape = terms.getArr().shape().clone();
        long s = shape[0];
        long rows = shape[1];
        long cols = shape[2];
        if (termWeights != null) {
            terms = terms.mul(termWeights.reshape(s, 1, 1));
        }
        for (int i = 1; i < factors.size(); i++) {
            long[] next = factors.get(i).getArr().shape().clone();
            // M2.1 has a wrong gradient of [s, 1]ᵀ·[s, 1], or none for s = 1.
            boolean scalars = rows * cols * next[1] * next[2] == 1;
            if (i == factors.size() - 1 && !scalars) {
                SDVariable left = terms.reshape(s, rows * cols);
                SDVariable right = factors.get(i).reshape(s, next[1] * next[2]);
                return left.getSameDiff()
                        .mmul(left, right, true, false, false)
                        .reshape(rows, cols, next[1], next[2])
                        .permute(0, 2, 1, 3)
                        .reshape(rows * next[1], cols * next[2]);
            }
            terms = terms.reshape(s, rows, 1, cols, 1).mul(factors.get(i).reshape(s, 1, next[1], 1, next[2]));
            rows *= next[1];
            cols *= next[2];
            terms = terms.reshape(s, rows, cols);
        }
        return s == 1 ? terms.reshape(rows, cols) : terms.sum(0);
    }
}
