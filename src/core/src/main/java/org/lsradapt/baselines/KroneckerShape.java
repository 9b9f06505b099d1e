package org.lsradapt.baselines;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The factors' sizes.
 *
 * <p>By the mixed-product property, P₁Q₁ ⊗ P₂Q₂ = (P₁ ⊗ P₂)·(Q₁ ⊗ Q₂): a term is a thin product, with the identity in
 * place of P or Q for a whole factor. All terms together are ΔW = c·Lᵀ·R with L [ρ, in] and R [ρ, out]. If that needs
 * no fewer multiplications than ΔW [in, out] itself, R is ΔW and there is no L.
 *
 * @param terms the number of products
 * @param sharedBy the group of adapters that share their first factors, such as all adapters of the stack; empty if
 *     each has its own
 */
public record KroneckerShape(int terms, Factor first, Factor second, Optional<Fellows> sharedBy) implements StackShape {

    /**
     * Adapters that share parameters.
     *
     * @param config their configuration; adapters of another configuration share nothing with them, as in a folder
     * @param part the last part of their layers' names
     */
    public record Fellows(KroneckerConfig config, String part) {}

    /** Checks that the thin product is not far wider than the layer. */
    public KroneckerShape {
        if (thin(terms, first, second)) {
            FactorSizes.requireRank(
                    (long) terms * first.inner() * second.inner(), in(first, second), out(first, second));
        }
    }

    /**
     * The size of a Kronecker factor.
     *
     * @param in rows
     * @param out columns
     * @param rank r if it is a product [in, r]·[r, out]; 0 if it is whole
     */
    public record Factor(int in, int out, int rank) {

        /** Checks that a product has fewer elements than the factor. */
        public Factor {
            Require.argument(
                    rank == 0 || 2L * rank < Math.max(in, out),
                    "a Kronecker factor is [%d, %d], of rank %d; expected a rank below half of its larger side, or 0 for a"
                            + " whole factor",
                    in,
                    out,
                    rank);
        }

        public boolean isWhole() {
            return rank == 0;
        }

        /** The inner size of the product; for a whole factor, that of the product with the identity on its shorter side. */
        public int inner() {
            return isWhole() ? Math.min(in, out) : rank;
        }

        public long parameters() {
            return isWhole() ? (long) in * out : (long) rank * (in + out);
        }
    }

    /** Whether ΔW is multiplied as Lᵀ·R. */
    public boolean isThin() {
        return thin(terms, first, second);
    }

    private static boolean thin(int terms, Factor first, Factor second) {
        long inner = (long) terms * first.inner() * second.inner();
        return !first.isWhole()
                || !second.isWhole()
                || inner * (in(first, second) + out(first, second)) < in(first, second) * out(first, second);
    }

    private static long in(Factor first, Factor second) {
        return (long) first.in * second.in;
    }

    private static long out(Factor first, Factor second) {
        return (long) first.out * second.out;
    }

    public long in() {
        return in(first, second);
    }

    public long out() {
        return out(first, second);
    }

    /** The rows of R: ρ, or the input width if R is ΔW. */
    public long rows() {
        return isThin() ? (long) terms * first.inner() * second.inner() : in();
    }

    @Override
    public long parameters(int count) {
        return terms * ((sharedBy.isPresent() ? 1 : count) * first.parameters() + count * second.parameters());
    }

    @Override
    public long dense(FrozenLinear layer) {
        return rows() * (isThin() ? in() + out() : out());
    }

    @Override
    public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
        return new KroneckerStack(this, layers.size(), memory);
    }
}
