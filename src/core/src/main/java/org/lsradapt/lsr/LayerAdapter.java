package org.lsradapt.lsr;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen linear layer and its trained update, y = x·(W + ΔW) + b; the kind defines ΔW. {@link LsrAdapter} is one
 * kind. A subclass adds what is specific to its kind; this class checks threads and state, and merges.
 *
 * <p>For one thread at a time, with all adapters of its set; a second thread's call throws an
 * {@link IllegalStateException}. The {@link AdapterSet} owns the memory.
 */
public abstract class LayerAdapter {
    private final FrozenLinear layer;
    private final Backend backend;
    private final ThreadGuard guard;
    private final DenseGradients gradients;
    /** Whether an {@link InPlaceMerge} has put the update into W. */
    private volatile boolean merged;

    /** Makes an adapter of a stack for a layer, which is kept. */
    protected LayerAdapter(FrozenLinear layer, StackMemory memory) {
        this.layer = layer;
        backend = memory.backend();
        guard = memory.guard();
        gradients = memory.denseGradients();
    }

    /** The layer's full name. */
    public final String name() {
        return layer.name();
    }

    /** The frozen layer. */
    public final FrozenLinear layer() {
        return layer;
    }

    /** The kind's settings. */
    public abstract AdapterConfig config();

    /** The constant factor in ΔW. */
    public abstract double scaling();

    /** The trainable arrays with their gradients, views of the set's; their names begin with the layer's. */
    public abstract List<Parameter> parameters();

    /**
     * The weights of the update's terms, which can be trained while the terms stay as they are; empty unless a kind
     * overrides it.
     */
    public List<Parameter> coefficients() {
        return List.of();
    }

    /** A and B as sums of terms, for kinds with {@link #coefficients} of both; empty unless a kind overrides it. */
    public Optional<SharedTerms.Sums> termSums() {
        return Optional.empty();
    }

    /** The number of parameters. */
    public long parameterCount() {
        return parameters().stream().mapToLong(Parameter::count).sum();
    }

    /**
     * Whether the parameters give another update in a set of other layers; false unless a kind overrides it. Otherwise a set of this
     * layer alone has the same update.
     */
    public boolean isOfWholeSet() {
        return false;
    }

    /**
     * An update ΔW = c·R, or ΔW = c·L·R with a thinner R, as last materialized.
     *
     * @param left L; empty if R is ΔW / c
     * @param right R [in, out], or [ρ, out] with L
     * @param rightFrom the start of R's gradient in {@link DenseGradients}
     * @param scaling c
     */
    public record Product(Optional<Left> left, INDArray right, long rightFrom, double scaling) {}

    /**
     * The left matrix of a product.
     *
     * @param matrix L [in, ρ], or Lᵀ [ρ, in] if transposed
     * @param gradientFrom the start of its gradient in {@link DenseGradients}; empty if it is frozen
     */
    public record Left(INDArray matrix, boolean transposed, OptionalLong gradientFrom) {}

    /** Returns the update's matrices, views of the set's memory. */
    protected abstract Product product();

    /** Fills the parameters for a seed; the same seed gives the same parameters. */
    protected abstract void initialize(long seed);

    /** Does the work of {@link AdapterStack#materialize} for this adapter alone. */
    protected abstract void materializeOne();

    /**
     * out ← ΔW + beta·out, as last materialized.
     *
     * @param beta 0 or 1; with 0, out is not read
     * @param out [in, out], of the layer's type, 'c' ordered
     */
    protected void addDelta(double beta, INDArray out) {
        Product product = product();
        double c = product.scaling();
        if (product.left().isPresent()) {
            Left left = product.left().get();
            backend.gemm(left.matrix(), left.transposed(), product.right(), false, c, beta, out);
        } else if (beta == 0) {
            scale(product.right(), c, out);
        } else if (c == 1) {
            out.addi(product.right());
        } else {
            try (INDArray delta = product.right().mul(c)) {
                out.addi(delta);
            }
        }
    }

    /** Computes to ← c·from, both contiguous. A product with a scalar would first make an array of the scalar. */
    static void scale(INDArray from, double c, INDArray to) {
        to.assign(from);
        if (c != 1) {
            Nd4j.getBlasWrapper().level1().scal(to.length(), c, to);
        }
    }

    /** merged ← W + ΔW, as last materialized; [in, out] of the layer's type, 'c' ordered. */
    protected void mergeInto(INDArray merged) {
        layer.weight().copyTo(merged);
        addDelta(1, merged);
    }

    /**
     * W + ΔW added in double and rounded once. Unless a kind overrides it, ΔW is computed in the layer's type.
     *
     * @param type FLOAT, FLOAT16, BFLOAT16 or DOUBLE
     * @return a new 'c' ordered array [in, out]
     */
    protected INDArray mergeRounded(DataType type) {
        materializeOne();
        try (INDArray sum = array(DataType.DOUBLE);
                INDArray delta = array(layer.weight().dataType())) {
            layer.weight().copyTo(sum);
            addDelta(0, delta);
            sum.addi(delta);
            return OnceRounded.cast(sum, type);
        }
    }

    /** ρ of {@link #writeProduct}. */
    final int productRank() {
        Product product = product();
        return product.left().isPresent() ? (int) product.right().size(0) : layer.outFeatures();
    }

    /** c of {@link #writeProduct}. */
    final double productScaling() {
        Product product = product();
        return product.left().isPresent() ? product.scaling() : 1;
    }

    /** A bound on the rank of ΔW for all values of the parameters, at most the smaller width. */
    public final int rankBound() {
        return Math.min(productRank(), Math.min(layer.inFeatures(), layer.outFeatures()));
    }

    /**
     * The update as a plain product ΔW = c·A·B, as last materialized, for {@link DenseUpdates}. If it is not the
     * product of two matrices, A is ΔW and B the identity.
     *
     * @param a [in, ρ], of the layer's type, 'c' ordered, overwritten with A
     * @param b [ρ, out], of the layer's type, 'c' ordered, overwritten with B
     */
    final void writeProduct(INDArray a, INDArray b) {
        Product product = product();
        if (product.left().isPresent()) {
            Left left = product.left().get();
            a.assign(left.transposed() ? left.matrix().permute(1, 0) : left.matrix());
            b.assign(product.right());
            return;
        }
        addDelta(0, a);
        b.assign(0);
        for (long i = 0; i < b.size(0); i++) {
            b.putScalar(i, i, 1);
        }
    }

    /** A use that collects in the first lane's gradients. */
    final ProductUse newUse() {
        return newUse(gradients);
    }

    private ProductUse newUse(DenseGradients gradients) {
        Product product = product();
        INDArray gradRight = gradients.view(product.rightFrom(), product.right().shape());
        if (product.left().isEmpty()) {
            return new DenseUse(backend, product.right(), gradRight, product.scaling());
        }
        Left left = product.left().get();
        INDArray gradLeft = left.gradientFrom().isPresent()
                ? gradients.view(left.gradientFrom().getAsLong(), left.matrix().shape())
                : null;
        StackMemory.Piece right = new StackMemory.Piece(product.right(), gradRight);
        return new ThinUse(backend, left.matrix(), left.transposed(), gradLeft, right, product.scaling());
    }

    /** Frees memory that belongs to this adapter alone; the set owns the rest. */
    protected void freeScratch() {}

    protected final Backend backend() {
        return backend;
    }

    final LayerUpdate use(DenseGradients gradients) {
        return new AdapterUse(this, newUse(gradients));
    }

    /** Builds the matrices that the passes multiply by; a set does it for all adapters at once. */
    public final void materialize() {
        try (ThreadGuard.Call call = guard.enter("materialize")) {
            materializeOne();
        }
    }

    /** ΔW [in, out] of the parameters as they are now, a new array. */
    public final INDArray deltaWeight() {
        try (ThreadGuard.Call call = guard.enter("deltaWeight")) {
            INDArray delta = array(layer.weight().dataType());
            materializeOne();
            addDelta(0, delta);
            return delta;
        }
    }

    /**
     * W + ΔW, from the parameters as they are now; W itself stays as it is. Computed in the layer's type, as fast as W
     * can be read and written; {@link #merge(DataType)} is nearer to the exact sum.
     *
     * @return a new 'c' ordered array [in, out]
     * @throws IllegalStateException while the update is merged into W
     */
    public final INDArray merge() {
        return merge(array(layer.weight().dataType()));
    }

    /**
     * Writes W + ΔW into an array of the caller, see {@link #merge()}.
     *
     * @param merged [in, out], overwritten; 'c' ordered; not W
     * @return merged
     * @throws IllegalArgumentException if it differs from W in shape or type, or shares memory with W
     */
    public final INDArray merge(INDArray merged) {
        Require.shape("merge", "merged", merged, "the weight", layer.inFeatures(), layer.outFeatures());
        Require.type("merge", "merged", merged, layer.weight().dataType(), "the weight");
        try (ThreadGuard.Call call = guard.enter("merge")) {
            requireUnmerged();
            materializeOne();
            mergeInto(merged);
            return merged;
        }
    }

    /**
     * W + ΔW, added in double and rounded once, to nearest, ties to even. An {@link LsrAdapter} also computes ΔW in
     * double.
     *
     * @param type FLOAT, FLOAT16, BFLOAT16 or DOUBLE
     * @return a new 'c' ordered array [in, out]
     * @throws IllegalArgumentException if the type is another, or an element is beyond its range
     * @throws IllegalStateException while the update is merged into W
     */
    public final INDArray merge(DataType type) {
        try (ThreadGuard.Call call = guard.enter("merge")) {
            requireUnmerged();
            return mergeRounded(type);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("merge of " + name() + ": " + e.getMessage(), e);
        }
    }

    private INDArray array(DataType type) {
        return Nd4j.createUninitialized(type, new long[] {layer.inFeatures(), layer.outFeatures()}, 'c');
    }

    final ThreadGuard guard() {
        return guard;
    }

    /** Whether an {@link InPlaceMerge} has put the update into W. */
    protected final boolean isMerged() {
        return merged;
    }

    /** Throws an {@link IllegalStateException} while the update is merged into W. */
    protected final void requireUnmerged() {
        if (merged) {
            throw new IllegalStateException(
                    name() + ": the update is merged into the weight, expected the merge to be closed first");
        }
    }

    final void setMerged(boolean merged) {
        this.merged = merged;
    }
}
