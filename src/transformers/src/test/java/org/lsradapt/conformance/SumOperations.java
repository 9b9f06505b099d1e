package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link SumCases} asks for. */
final class SumOperations {

    private SumOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("draw", SumOperations::draw);
        operations.put("layer-seeds", SumOperations::layerSeeds);
        operations.put("splits", SumOperations::splits);
        operations.put("initialize", SumOperations::initialize);
        operations.put("sum", SumOperations::sum);
        operations.put("adapter", SumOperations::adapter);
    }

    private static long[] seeds(Exchange exchange) {
        return exchange.in().get("seeds").data().asLong();
    }

    private static void draw(Exchange exchange) {
        int count = exchange.settings().get("count").intValue();
        long[] seeds = seeds(exchange);
        long[][] longs = new long[seeds.length][count];
        double[][] doubles = new double[seeds.length][];
        double[][] uniforms = new double[seeds.length][];
        double[][] gaussians = new double[seeds.length][count];
        for (int i = 0; i < seeds.length; i++) {
            Random random = SplitMix64.random(seeds[i]);
            for (int j = 0; j < count; j++) {
                longs[i][j] = random.nextLong();
            }
            doubles[i] = SplitMix64.random(seeds[i]).doubles(count).toArray();
            uniforms[i] = SplitMix64.random(seeds[i]).doubles(count, -1, 1).toArray();
            random = SplitMix64.random(seeds[i]);
            for (int j = 0; j < count; j++) {
                gaussians[i][j] = random.nextGaussian();
            }
        }
        exchange.out().put("longs", Nd4j.createFromArray(longs));
        exchange.out().put("doubles", Nd4j.createFromArray(doubles));
        exchange.out().put("uniforms", Nd4j.createFromArray(uniforms));
        exchange.out().put("gaussians", Nd4j.createFromArray(gaussians));
    }

    private static void layerSeeds(Exchange exchange) {
        JsonNode names = exchange.settings().get("names");
        long[] seeds = seeds(exchange);
        int[] hashes = new int[names.size()];
        long[][] layerSeeds = new long[names.size()][seeds.length];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = names.get(i).textValue().hashCode();
            for (int j = 0; j < seeds.length; j++) {
                layerSeeds[i][j] = seeds[j] * 0x9E3779B97F4A7C15L + hashes[i];
            }
        }
        exchange.out().put("hashes", Nd4j.createFromArray(hashes));
        exchange.out().put("layer_seeds", Nd4j.createFromArray(layerSeeds));
    }

    private static void splits(Exchange exchange) {
        int largest = exchange.settings().get("largest").intValue();
        for (JsonNode count : exchange.settings().get("counts")) {
            int[] sizes = new int[largest];
            for (int n = 1; n <= largest; n++) {
                sizes[n - 1] = n;
            }
            exchange.out().put("splits" + count, balanced(sizes, count.intValue()));
        }
        exchange.out()
                .put(
                        "splits_of_five",
                        balanced(exchange.in().get("sizes").data().asInt(), 5));
    }

    private static INDArray balanced(int[] sizes, int count) {
        int[][] splits = new int[sizes.length][];
        for (int i = 0; i < sizes.length; i++) {
            splits[i] = FactorSizes.balanced(sizes[i], count).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
        }
        return Nd4j.createFromArray(splits);
    }

    private static void initialize(Exchange exchange) {
        DataType type = exchange.settings().get("type").textValue().equals("F32") ? DataType.FLOAT : DataType.DOUBLE;
        List<FrozenLinear> layers = new ArrayList<>();
        List<LsrConfig> configs = new ArrayList<>();
        for (JsonNode layer : exchange.settings().get("layers")) {
            INDArray weight = Nd4j.zeros(
                    type, layer.get("in").intValue(), layer.get("out").intValue());
            layers.add(FrozenLinear.of(layer.get("name").textValue(), weight));
            configs.add(KitFiles.config(layer));
        }
        try (AdapterSet set =
                AdapterSet.create(layers, layer -> configs.get(layers.indexOf(layer)), Backends.standard())) {
            for (int i = 0; i < layers.size(); i++) {
                String name = layers.get(i).name();
                for (Parameter parameter : set.lsrAdapter(name).parameters()) {
                    exchange.out()
                            .put(
                                    i + parameter.name().substring(name.length()),
                                    parameter.value().dup('c'));
                }
            }
        }
    }

    /** The sum of {@code factor1} and so on and, if there are any, the weights {@code lambda}. */
    static KroneckerSum sumOf(Map<String, INDArray> in) {
        List<INDArray> factors = new ArrayList<>();
        while (in.containsKey("factor" + (factors.size() + 1))) {
            factors.add(in.get("factor" + (factors.size() + 1)));
        }
        return KroneckerSum.of(factors, in.get("lambda"));
    }

    private static void sum(Exchange exchange) {
        KroneckerSum sum = sumOf(exchange.in());
        exchange.out().put("dense", sum.materialize());
        exchange.out().put("x_times", sum.apply(exchange.in().get("x")));
        exchange.out()
                .put("y_times_transposed", sum.applyTranspose(exchange.in().get("y")));
        KroneckerSum.Gradient gradient = sum.gradient(exchange.in().get("gradient"));
        for (int i = 0; i < gradient.factors().size(); i++) {
            exchange.out().put("grad_factor" + (i + 1), gradient.factors().get(i));
        }
        if (gradient.termWeights() != null) {
            exchange.out().put("grad_lambda", gradient.termWeights());
        }
        exchange.scalars().put("norm", sum.normF());
    }

    /** Sets an adapter's parameters to the arrays of their names. */
    static void assign(List<Parameter> parameters, Map<String, INDArray> values) {
        parameters.forEach(parameter -> parameter.value().assign(values.get(parameter.name())));
    }

    private static void adapter(Exchange exchange) {
        Map<String, INDArray> in = exchange.in();
        LsrConfig config = KitFiles.config(exchange.settings().get("adapter"));
        try (LsrAdapter adapter = LsrAdapter.wrap(in.get("w"), in.get("bias"), config)) {
            assign(adapter.parameters(), in);
            adapter.zeroGradients();
            exchange.out().put("delta", adapter.deltaWeight());
            exchange.out().put("merged", adapter.merge());
            exchange.out().put("y", adapter.forward(in.get("x")));
            exchange.out().put("grad_x", adapter.backward(in.get("x"), in.get("grad_y")));
            for (Parameter parameter : adapter.parameters()) {
                exchange.out()
                        .put("grad." + parameter.name(), parameter.gradient().dup('c'));
            }
        }
    }
}
