package org.lsradapt.lsr.backend;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastCopyOp;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Uses only ND4J operations, so that it runs on any ND4J backend on the class path, including CUDA.
 *
 * <p>One batched matrix product does the sum over terms: with T_k the Kronecker product of all factors but the first
 * and both flattened per term, P = Fᵀ·T holds every product of the sum, and a permutation puts them in place.
 * Temporaries are closed before return.
 */
public final class Nd4jBackend implements Backend {

    /** Makes a backend; throws an {@link IllegalStateException} if no ND4J backend can be used. */
    public Nd4jBackend() {
        InstalledNd4j.require();
    }

    @Override
    public String name() {
        return "nd4j (" + Nd4j.getBackend().getClass().getSimpleName() + ")";
    }

    @Override
    public void materialize(List<INDArray> factors, INDArray termWeights, INDArray out) {
        try (Temporaries t = new Temporaries()) {
            Split split = Split.of(factors);
            INDArray first = split.flat(weighted(factors.get(0), termWeights, t));
            INDArray trailing = split.flat(trailing(factors, t).get(1));
            INDArray products = t.own(Nd4j.create(out.dataType(), split.n, split.firstLength, split.restLength));
            product(first, true, trailing, false, products);
            split.dense(out).assign(split.products(products).permute(0, 1, 3, 2, 4));
        }
    }

    @Override
    public void materializeGradient(
            List<INDArray> factors,
            INDArray termWeights,
            INDArray gradOut,
            List<INDArray> gradFactors,
            INDArray gradTermWeights) {
        try (Temporaries t = new Temporaries()) {
            Split split = Split.of(factors);
            INDArray first = weighted(factors.get(0), termWeights, t);
            List<INDArray> trailing = trailing(factors, t);
            INDArray gradProducts = t.own(
                            split.dense(gradOut).permute(0, 1, 3, 2, 4).dup('c'))
                    .reshape('c', split.n, split.firstLength, split.restLength);
            INDArray gradFirst = split.flat(gradFactors.get(0));
            product(split.flat(trailing.get(1)), false, gradProducts, true, gradFirst);
            if (gradTermWeights != null) {
                INDArray overlap = t.own(split.flat(factors.get(0)).mul(gradFirst));
                gradTermWeights.assign(t.own(overlap.sum(2)));
            }
            if (termWeights != null) {
                gradFirst.muli(termWeights.reshape(split.n, split.s, 1));
            }
            if (factors.size() > 1) {
                INDArray gradRest = t.own(Nd4j.create(gradOut.dataType(), split.n, split.s, split.restLength));
                product(split.flat(first), false, gradProducts, false, gradRest);
                unfold(factors, trailing, gradRest, gradFactors, t);
            }
        }
    }

    @Override
    public void gemm(
            INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c) {
        multiply(a, transposeA, b, transposeB, alpha, beta, c);
    }

    private static void multiply(
            INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .transposeResult(false)
                .build();
        Nd4j.exec(new Mmul(a, b, c, alpha, beta, transpose));
    }

    @Override
    public void fillRows(INDArray vector, INDArray out) {
        Nd4j.exec(new BroadcastCopyOp(out, vector, out, 1));
    }

    /** Distributes the gradient of the trailing product over factors 2 … d. */
    private static void unfold(
            List<INDArray> factors,
            List<INDArray> trailing,
            INDArray gradRest,
            List<INDArray> gradFactors,
            Temporaries t) {
        INDArray incoming = gradRest;
        int last = factors.size() - 1;
        for (int i = 1; i < last; i++) {
            INDArray factor = factors.get(i);
            INDArray rest = trailing.get(i + 1);
            long terms = factor.size(0) * factor.size(1);
            long here = factor.size(2) * factor.size(3);
            long behind = rest.size(2) * rest.size(3);
            INDArray products = t.own(
                            incoming.reshape('c', terms, factor.size(2), rest.size(2), factor.size(3), rest.size(3))
                                    .permute(0, 1, 3, 2, 4)
                                    .dup('c'))
                    .reshape('c', terms, here, behind);
            product(
                    products,
                    false,
                    rest.reshape('c', terms, behind, 1),
                    false,
                    gradFactors.get(i).reshape('c', terms, here, 1));
            INDArray next = t.own(Nd4j.create(incoming.dataType(), terms, 1, behind));
            product(factor.reshape('c', terms, 1, here), false, products, false, next);
            incoming = next;
        }
        INDArray gradLast = gradFactors.get(last);
        gradLast.assign(incoming.reshape('c', gradLast.shape()));
    }

    /** For each i, the Kronecker product per term of factors i … d, [n, s, rows, cols]; index d is a one. */
    private static List<INDArray> trailing(List<INDArray> factors, Temporaries t) {
        int d = factors.size();
        INDArray first = factors.get(0);
        List<INDArray> products = new ArrayList<>(factors);
        products.add(d == 1 ? t.own(Nd4j.ones(first.dataType(), first.size(0), first.size(1), 1, 1)) : null);
        for (int i = d - 2; i >= 1; i--) {
            products.set(i, perTermKronecker(factors.get(i), products.get(i + 1), t));
        }
        return products;
    }

    private static INDArray perTermKronecker(INDArray left, INDArray right, Temporaries t) {
        long n = left.size(0);
        long s = left.size(1);
        INDArray product =
                t.own(Nd4j.create(left.dataType(), n * s, left.size(2) * left.size(3), right.size(2) * right.size(3)));
        product(
                left.reshape('c', n * s, left.size(2) * left.size(3), 1),
                false,
                right.reshape('c', n * s, 1, right.size(2) * right.size(3)),
                false,
                product);
        return t.own(product.reshape('c', n * s, left.size(2), left.size(3), right.size(2), right.size(3))
                        .permute(0, 1, 3, 2, 4)
                        .dup('c'))
                .reshape('c', n, s, left.size(2) * right.size(2), left.size(3) * right.size(3));
    }

    private static INDArray weighted(INDArray factor, INDArray termWeights, Temporaries t) {
        if (termWeights == null) {
            return factor;
        }
        return t.own(factor.mul(termWeights.reshape(termWeights.size(0), termWeights.size(1), 1, 1)));
    }

    private static void product(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray out) {
        multiply(a, transposeA, b, transposeB, 1, 0, out);
    }

    /** The dense matrix seen as first factor by trailing product. */
    private record Split(
            long n,
            long s,
            long firstRows,
            long firstCols,
            long restRows,
            long restCols,
            long firstLength,
            long restLength) {
        static Split of(List<INDArray> factors) {
            INDArray first = factors.get(0);
            long restRows = 1;
            long restCols = 1;
            for (INDArray factor : factors.subList(1, factors.size())) {
                restRows *= factor.size(2);
                restCols *= factor.size(3);
            }
            return new Split(
                    first.size(0),
                    first.size(1),
                    first.size(2),
                    first.size(3),
                    restRows,
                    restCols,
                    first.size(2) * first.size(3),
                    restRows * restCols);
        }

        INDArray flat(INDArray factor) {
            return factor.reshape('c', n, s, factor.size(2) * factor.size(3));
        }

        INDArray dense(INDArray out) {
            return out.reshape('c', n, firstRows, restRows, firstCols, restCols);
        }

        INDArray products(INDArray products) {
            return products.reshape('c', n, firstRows, firstCols, restRows, restCols);
        }
    }

    /** Closes native memory once, in the order of allocation. */
    private static final class Temporaries implements AutoCloseable {
        private final List<INDArray> owned = new ArrayList<>();

        INDArray own(INDArray array) {
            owned.add(array);
            return array;
        }

        @Override
        public void close() {
            for (INDArray array : owned) {
                if (array.closeable() && !array.wasClosed()) {
                    array.close();
                }
            }
        }
    }
}
