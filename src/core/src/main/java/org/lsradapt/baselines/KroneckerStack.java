package org.lsradapt.baselines;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;

final class KroneckerStack implements AdapterStack {
    private final StackMemory memory;
    /** P and Q of each factor. */
    private final List<FactorPart> first;

    private final List<FactorPart> second;
    /** L, from P₁ and P₂; empty if R is ΔW. */
    private final Optional<StackedProducts> left;
    /** R, from Q₁ and Q₂. */
    private final StackedProducts right;

    KroneckerStack(KroneckerShape shape, int count, StackMemory memory) {
        this.memory = memory;
        first = parts(shape, shape.first(), shape.sharedBy().isPresent(), count, memory);
        second = parts(shape, shape.second(), false, count, memory);
        long from = memory.denseFrom();
        if (shape.isThin()) {
            int sums = count * shape.terms();
            left = Optional.of(new StackedProducts(count, first.get(0), second.get(0), sums, 1, memory, from));
            right = new StackedProducts(
                    count, first.get(1), second.get(1), sums, 1, memory, from + count * shape.rows() * shape.in());
        } else {
            left = Optional.empty();
            right = new StackedProducts(count, first.get(1), second.get(1), count, shape.terms(), memory, from);
        }
    }

    /** P and Q of a factor. A whole one is Q if ΔW is materialized, otherwise P or Q: the identity is the smaller. */
    private static List<FactorPart> parts(
            KroneckerShape shape, KroneckerShape.Factor factor, boolean shared, int n, StackMemory memory) {
        int s = shape.terms();
        if (!factor.isWhole()) {
            return List.of(
                    part(memory, shared, n, s, factor.rank(), factor.in()),
                    part(memory, shared, n, s, factor.rank(), factor.out()));
        }
        if (!shape.isThin() || factor.in() <= factor.out()) {
            return List.of(
                    FactorPart.identity(memory.dataType(), n, s, shape.isThin() ? factor.in() : 1),
                    part(memory, shared, n, s, factor.in(), factor.out()));
        }
        return List.of(
                part(memory, shared, n, s, factor.out(), factor.in()),
                FactorPart.identity(memory.dataType(), n, s, factor.out()));
    }

    private static FactorPart part(StackMemory memory, boolean shared, int n, int s, int inner, int width) {
        return shared ? FactorPart.shared(memory, n, s, inner, width) : FactorPart.own(memory, n, s, inner, width);
    }

    static FactorParameters factor(List<FactorPart> parts, int index) {
        FactorPart p = parts.get(0);
        FactorPart q = parts.get(1);
        if (p.isIdentity()) {
            return new FactorParameters(List.of(q.of(index)));
        }
        return new FactorParameters(
                q.isIdentity() ? List.of(FactorParameters.transposed(p.of(index))) : List.of(p.of(index), q.of(index)));
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        return new KroneckerAdapter(layer, (KroneckerConfig) config, this, index, memory);
    }

    FactorParameters first(int index) {
        return factor(first, index);
    }

    FactorParameters second(int index) {
        return factor(second, index);
    }

    Optional<StackedProducts> left() {
        return left;
    }

    StackedProducts right() {
        return right;
    }

    @Override
    public void materialize() {
        left.ifPresent(products -> products.materialize(memory.backend()));
        right.materialize(memory.backend());
    }

    void materialize(int index) {
        left.ifPresent(products -> products.materialize(memory.backend(), index));
        right.materialize(memory.backend(), index);
    }

    @Override
    public void collectGradients() {
        left.ifPresent(products -> products.collectGradients(memory.backend()));
        right.collectGradients(memory.backend());
    }

    @Override
    public void close() {
        left.ifPresent(StackedProducts::close);
        right.close();
        if (left.isEmpty()) {
            first.get(0).close();
            second.get(0).close();
        }
    }
}
