package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.lsr.weights.JoinedWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What does not fit together is refused with all that one needs to see why. */
class RefusedArgumentsTest {

    private static final Backend BACKEND = Backends.standard();

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static INDArray factor(DataType type, long... shape) {
        return Nd4j.ones(type, shape);
    }

    private static FrozenLinear layer(String name, DataType type, int in, int out) {
        return FrozenLinear.of(name, Nd4j.ones(type, in, out));
    }

    @Test
    void adapterSet_layersAndNames() {
        LsrConfig config = LsrConfig.defaults();
        assertRefused(
                "adapter set: no layers, expected at least one", () -> AdapterSet.create(List.of(), config, BACKEND));
        assertRefused(
                "adapter set: two layers are named a",
                () -> AdapterSet.create(
                        List.of(layer("a", DataType.FLOAT, 4, 4), layer("a", DataType.FLOAT, 6, 6)), config, BACKEND));
        assertRefused(
                "adapter set: b is DOUBLE, expected FLOAT (as a)",
                () -> AdapterSet.create(
                        List.of(layer("a", DataType.FLOAT, 4, 4), layer("b", DataType.DOUBLE, 6, 6)), config, BACKEND));
        try (AdapterSet set = AdapterSet.create(List.of(layer("a", DataType.FLOAT, 4, 4)), config, BACKEND)) {
            assertRefused("adapter set: layer b is not adapted, those of [a] are", () -> set.lsrAdapter("b"));
        }
    }

    @Test
    void kroneckerSum_factorsAndWeights() {
        INDArray first = factor(DataType.FLOAT, 4, 2, 3);
        assertRefused("Kronecker sum: no factors, expected at least one", () -> KroneckerSum.of(List.of(), null));
        assertRefused(
                "Kronecker sum: factor 1 is [2, 3], expected [*, *, *] ([s, rows, cols])",
                () -> KroneckerSum.of(factor(DataType.FLOAT, 2, 3)));
        assertRefused(
                "Kronecker sum: factor 2 is a strided or 'f' ordered array, expected contiguous 'c' order (dup('c'))",
                () -> KroneckerSum.of(first, factor(DataType.FLOAT, 4, 2, 3).dup('f')));
        assertRefused(
                "Kronecker sum: λ is [3], expected [4] (one per term)",
                () -> KroneckerSum.of(List.of(first), factor(DataType.FLOAT, 3)));
        assertRefused(
                "Kronecker sum: λ is DOUBLE, expected FLOAT (as factor 1)",
                () -> KroneckerSum.of(List.of(first), factor(DataType.DOUBLE, 4)));
    }

    @Test
    void innerProduct_sumsOfOtherShapes() {
        KroneckerSum two = KroneckerSum.of(factor(DataType.FLOAT, 4, 2, 3), factor(DataType.FLOAT, 4, 5, 1));
        KroneckerSum one = KroneckerSum.of(factor(DataType.FLOAT, 1, 10, 3));
        assertRefused(
                "inner product: 4 × [2, 3] ⊗ [5, 1] and 1 × [10, 3] have different numbers of factors",
                () -> two.innerProduct(one));
        for (long[] second : new long[][] {{2, 6, 1}, {2, 5, 2}}) {
            KroneckerSum other = KroneckerSum.of(factor(DataType.FLOAT, 2, 2, 3), factor(DataType.FLOAT, second));
            assertRefused(
                    "inner product: 4 × [2, 3] ⊗ [5, 1] and 2 × [2, 3] ⊗ [" + second[1] + ", " + second[2]
                            + "] differ in factor 2",
                    () -> two.innerProduct(other));
        }
    }

    @Test
    void joinedWeight_parts() {
        FrozenWeight four = layer("a", DataType.FLOAT, 4, 3).weight();
        assertRefused("joined weight: there is no part, expected at least one", () -> new JoinedWeight(List.of()));
        assertRefused(
                "joined weight: parts are [4, …] FLOAT and [5, …] FLOAT, expected one input width and type",
                () -> new JoinedWeight(
                        List.of(four, layer("b", DataType.FLOAT, 5, 3).weight())));
        assertRefused(
                "joined weight: parts are [4, …] FLOAT and [4, …] DOUBLE, expected one input width and type",
                () -> new JoinedWeight(
                        List.of(four, layer("b", DataType.DOUBLE, 4, 3).weight())));
        JoinedWeight joined =
                new JoinedWeight(List.of(four, layer("b", DataType.FLOAT, 4, 6).weight()));
        assertEquals(9, joined.outFeatures());
        assertEquals(4L * 9 * 4, joined.bytes());
    }

    @Test
    void config_ranges() {
        assertEquals(1, LsrConfig.builder().bottleneckRank(1).build().bottleneckRank());
        assertRefused(
                "bottleneck rank r is 0, expected >= 1",
                () -> LsrConfig.builder().bottleneckRank(0).build());
        for (int s : new int[] {0, 65537}) {
            assertRefused(
                    "separation rank s is " + s + ", expected 1 to 65536",
                    () -> LsrConfig.builder().separationRank(s).build());
        }
        assertEquals(65536, LsrConfig.builder().separationRank(65536).build().separationRank());
        for (int d : new int[] {0, 32}) {
            assertRefused(
                    "number of Kronecker factors is " + d + ", expected 1 to 31",
                    () -> LsrConfig.builder().factorCount(d).build());
        }
        assertRefused(
                "alpha is NaN, expected a finite number",
                () -> LsrConfig.builder().alpha(Double.NaN).build());
    }

    @Test
    void denseWeight_andParameter_shapesAndTypes() {
        assertRefused(
                "frozen weight: W is INT, expected FLOAT or DOUBLE",
                () -> new DenseWeight(factor(DataType.INT32, 2, 2)));
        assertRefused(
                "frozen weight: W is [2], expected [*, *] ([in, out])",
                () -> new DenseWeight(factor(DataType.FLOAT, 2)));
        assertRefused(
                "parameter a: gradient is [3], expected [2] (the value's shape)",
                () -> new Parameter("a", factor(DataType.FLOAT, 2), factor(DataType.FLOAT, 3)));
    }

    @Test
    void layerSelector_textsAndLayers() {
        List<FrozenLinear> layers = List.of(layer("a.query", DataType.FLOAT, 2, 2));
        assertRefused(
                "layer selector: no name suffixes, expected at least one", () -> LayerSelector.suffixes(List.of()));
        assertRefused(
                "layer selector: blank name suffix in [query,  ]", () -> LayerSelector.suffixes(List.of("query", " ")));
        assertRefused("'(' is not a regular expression: Unclosed group at character 2", () -> LayerSelector.regex("("));
        assertRefused(
                "layer selector: no layer matches .*key; the layers are [a.query]",
                () -> LayerSelector.regex(".*key").select(layers));
        assertEquals(layers, LayerSelector.allLinear().select(layers));
        assertEquals(
                "query,key", LayerSelector.suffixes(List.of("query", "key")).toString());
    }

    @Test
    void unmerge_weightThatWasChanged() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray w = Nd4j.ones(type, 4, 4);
            AdapterSet set = AdapterSet.create(List.of(FrozenLinear.of("a", w)), LsrConfig.defaults(), BACKEND);
            InPlaceMerge merge = InPlaceMerge.of(set);
            Views.block(w, 1, 2, 1, 2).assign(7);
            assertEquals(
                    "unmerge: the weight of a was changed since it was merged; expected later merges into it to be"
                            + " closed first",
                    assertThrows(IllegalStateException.class, merge::close).getMessage());
            assertTrue(set.lsrAdapter("a").isMerged());
            assertEquals(7, w.getDouble(1, 1));
        }
    }
}
