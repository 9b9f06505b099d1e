package org.lsradapt.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class KroneckerGraphTest {
    private static final int[] SIZES = {1, 2, 3, 5};

    @Property(tries = 20)
    void adaptedProduct_isOurAdapter(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 4) int d,
            @ForAll @IntRange(min = 1, max = 3) int s,
            @ForAll boolean lambda,
            @ForAll boolean transposeX,
            @ForAll boolean transposeW) {
        List<Integer> in = sizes(random, d);
        List<Integer> rank = sizes(random, d);
        List<Integer> out = sizes(random, d);
        // Wider ones are refused.
        Assume.that(product(rank) <= 16 * (product(in) + product(out)));
        LsrConfig config = config(s, in, rank, out, lambda);
        assertAdaptedProductIsOurAdapter(random, config, 2 + random.nextInt(3), transposeX, transposeW);
    }

    @Test
    void adaptedProduct_sumOfOneByOneProducts_isOurAdapter() {
        LsrConfig config = config(2, List.of(1, 1), List.of(1, 1), List.of(1, 1), false);
        assertAdaptedProductIsOurAdapter(new Random(1), config, 2, false, false);
    }

    @Test
    void adaptedProduct_oneRowTransposedAndRankOne_isOurAdapter() {
        LsrConfig config = config(1, List.of(2), List.of(1), List.of(2), false);
        assertAdaptedProductIsOurAdapter(new Random(1), config, 1, true, false);
    }

    private static LsrConfig config(int s, List<Integer> in, List<Integer> rank, List<Integer> out, boolean lambda) {
        return LsrConfig.builder()
                .separationRank(s)
                .factorCount(in.size())
                .inFactors(in)
                .outFactors(out)
                .rankFactors(rank)
                .bottleneckRank(product(rank))
                .termWeights(lambda)
                .alpha(0.7)
                .build();
    }

    /** Output and all gradients of the graph's x·W with an adapter, against those of the adapter out of the graph. */
    private static void assertAdaptedProductIsOurAdapter(
            Random random, LsrConfig config, int tokens, boolean transposeX, boolean transposeW) {
        int width = product(config.inFactors());
        int columns = product(config.outFactors());
        INDArray x = RandomArrays.normal(random, DataType.DOUBLE, tokens, width);
        INDArray gradY = RandomArrays.normal(random, DataType.DOUBLE, tokens, columns);
        INDArray w = RandomArrays.normal(random, DataType.DOUBLE, width, columns);

        SameDiff sd = SameDiff.create();
        SDVariable input = sd.var("x", transposeX ? x.transpose().dup('c') : x);
        SDVariable weight = sd.constant("w", transposeW ? w.transpose().dup('c') : w);
        SDVariable y = sd.mmul("y", input, weight, transposeX, transposeW, false);
        sd.setLossVariables(y.mul(sd.constant("g", gradY)).sum("loss"));
        SameDiffAdapters adapters =
                SameDiffAdapters.attach(sd, LayerSelector.suffixes(List.of("w")), config, Set.of("x"));
        try (AdapterSet ours = adapters.toAdapters()) {
            ours.values()
                    .assign(RandomArrays.normal(
                            random, DataType.DOUBLE, ours.values().length()));
            adapters.copyFrom(ours);
            LsrAdapter adapter = ours.lsrAdapters().get(0);
            assertEquals(
                    0,
                    RandomArrays.relativeError(
                            adapter.forward(x), sd.output(Map.of(), "y").get("y")),
                    1e-12,
                    "y");
            adapter.zeroGradients();
            INDArray gradX = adapter.backward(x, gradY);
            List<String> wanted = new ArrayList<>(adapters.variableNames());
            wanted.add("x");
            Map<String, INDArray> gradients = sd.calculateGradients(Map.of(), wanted);
            for (Parameter parameter : adapter.parameters()) {
                INDArray actual = gradients.get(parameter.name());
                assertEquals(0, RandomArrays.relativeError(parameter.gradient(), actual), 1e-11, parameter.name());
            }
            INDArray actual = gradients.get("x");
            assertEquals(0, RandomArrays.relativeError(gradX, transposeX ? actual.transpose() : actual), 1e-11, "x");
        }
    }

    private static List<Integer> sizes(Random random, int d) {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            sizes.add(SIZES[random.nextInt(d > 2 ? 3 : SIZES.length)]);
        }
        return sizes;
    }

    private static int product(List<Integer> sizes) {
        return sizes.stream().reduce(1, (a, b) -> a * b);
    }
}
