package org.lsradapt.lsr.numerics;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the conformance kit asks of this package beyond its public classes. */
public final class KitConversion {

    private KitConversion() {}

    /** The starts of a conversion, pairs of L and R with so many columns. */
    public static List<INDArray[]> starts(INDArray a, INDArray b, int rank, int rotations, long seed) {
        return new ProductFit(a, b, new LoraConversion.Settings(rotations, 1, 0, 0, seed))
                .starts(rank).stream()
                        .map(start ->
                                Stream.of(start).map(Nd4j::createFromArray).toArray(INDArray[]::new))
                        .toList();
    }
}
