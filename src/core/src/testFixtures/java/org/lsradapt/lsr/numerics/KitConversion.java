package org.lsradapt.lsr.numerics;

import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the conformance kit asks of this package beyond its public classes. */
public final class KitConversion {

    private KitConversion() {}

    /** The same matrix with orthogonal terms, of norms as at the start of a layer with so many inputs. */
    public static void orthogonalize(KroneckerSum sum, int in) {
        INDArray first = sum.factors().get(0);
        double deviation = Math.pow(
                sum.separationRank() * (double) in, -1.0 / (2 * sum.factors().size()));
        OrthogonalTerms.rewrite(sum, deviation * Math.sqrt((double) (first.size(1) * first.size(2))));
    }

    /** The starts of a conversion, pairs of L and R with so many columns. */
    public static List<INDArray[]> starts(INDArray a, INDArray b, int rank, int rotations, long seed) {
        return new ProductFit(a, b, new LoraConversion.Settings(rotations, 1, 0, 0, seed))
                .starts(rank).stream()
                        .map(start ->
                                Stream.of(start).map(Nd4j::createFromArray).toArray(INDArray[]::new))
                        .toList();
    }
}
