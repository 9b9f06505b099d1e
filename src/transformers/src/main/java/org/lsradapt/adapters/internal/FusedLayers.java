package org.lsradapt.adapters.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.families.Family;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.transformer.parts.Fused;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adapters of layers that files fuse into one, such as {@code qkv_proj}, and that a model here keeps apart. PEFT adapts the fused layer:
 * its ΔW = c·A·B is c·A·B_i on each part, with B_i the part's columns of B, so that each part has the whole A. In the other direction A_1
 * … A_n are concatenated and B_1 … B_n form a block diagonal, with r_1 + … + r_n columns of A. If all A are equal, as in an adapter of
 * PEFT without further training, r stays.
 */
public final class FusedLayers {

    private final Map<String, List<Linear>> parts = new LinkedHashMap<>();

    /** The fused layers of a model that are one module in transformers, with one adapter of PEFT. */
    public static FusedLayers modules(Family family, Transformer model) {
        return new FusedLayers(family.fuses() ? model.encoderLinears() : List.of());
    }

    public FusedLayers(Transformer model) {
        this(model.encoderLinears());
    }

    private FusedLayers(List<Linear> linears) {
        for (Linear linear : linears) {
            linear.fused()
                    .ifPresent(whole -> parts.computeIfAbsent(whole.layer(), name -> new ArrayList<>())
                            .add(linear));
        }
        parts.values().forEach(all -> all.sort(Comparator.comparing(FusedLayers::from)));
    }

    private static int from(Linear part) {
        return part.fused().orElseThrow().from();
    }

    /** The name in files of the layer that contains a model's layer; the layer's own name if it is not fused. */
    public String fileName(String layer) {
        return parts.entrySet().stream()
                .filter(entry ->
                        entry.getValue().stream().anyMatch(part -> part.name().equals(layer)))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(layer);
    }

    /** Splits adapters of a file, plain LoRA if their layer is fused, into adapters of the model's layers; new arrays. */
    public List<SavedLayer> split(String location, List<SavedLayer> layers) {
        List<SavedLayer> all = new ArrayList<>();
        for (SavedLayer layer : layers) {
            if (!parts.containsKey(layer.name())) {
                all.add(layer);
                continue;
            }
            KroneckerSum b = layer.b();
            Require.argument(
                    isPlain(layer.a()) && isPlain(b),
                    "%s: adapts layer '%s', whose parts %s are layers here; expected LoRA, an adapter of Kronecker products"
                            + " cannot be divided",
                    location,
                    layer.name(),
                    parts.get(layer.name()).stream().map(Linear::name).toList());
            INDArray whole = b.factors().get(0);
            INDArray matrix = whole.reshape('c', whole.size(1), whole.size(2));
            int outputs = parts.get(layer.name()).get(0).fused().orElseThrow().out();
            Require.argument(
                    matrix.size(1) == outputs,
                    "%s: layer '%s' has %d outputs, the model's has %d",
                    location,
                    layer.name(),
                    matrix.size(1),
                    outputs);
            for (Linear part : parts.get(layer.name())) {
                INDArray own = Views.columns(matrix, from(part), from(part) + part.out())
                        .dup('c')
                        .reshape('c', 1, matrix.size(0), part.out());
                all.add(new SavedLayer(part.name(), layer.config(), layer.a(), KroneckerSum.of(own)));
            }
        }
        return all;
    }

    private static boolean isPlain(KroneckerSum sum) {
        return sum.separationRank() == 1 && sum.factors().size() == 1 && sum.termWeights() == null;
    }

    /** Joins adapters of the model's layers into adapters of a file; new arrays for joined layers, which the garbage collector frees. */
    public List<SavedLayer> join(List<SavedLayer> layers) {
        Map<String, List<SavedLayer>> byFile = new LinkedHashMap<>();
        layers.forEach(layer -> byFile.computeIfAbsent(fileName(layer.name()), name -> new ArrayList<>())
                .add(layer));
        List<SavedLayer> all = new ArrayList<>();
        byFile.forEach((name, found) -> all.add(parts.containsKey(name) ? joined(name, found) : found.get(0)));
        return all;
    }

    private SavedLayer joined(String name, List<SavedLayer> adapted) {
        List<INDArray> as =
                adapted.stream().map(layer -> layer.a().materialize()).toList();
        LsrConfig first = adapted.get(0).config();
        boolean shared = as.stream().allMatch(a -> Views.hash(a) == Views.hash(as.get(0)) && a.equalShapes(as.get(0)))
                && adapted.stream().allMatch(layer -> layer.config().scaling() == first.scaling());
        Fused whole = parts.get(name).get(0).fused().orElseThrow();
        long rank = shared
                ? as.get(0).size(1)
                : as.stream().mapToLong(a -> a.size(1)).sum();
        INDArray a = Nd4j.create(as.get(0).dataType(), as.get(0).size(0), rank);
        INDArray b = Nd4j.create(as.get(0).dataType(), rank, whole.out());
        long row = 0;
        for (int i = 0; i < adapted.size(); i++) {
            SavedLayer layer = adapted.get(i);
            long own = as.get(i).size(1);
            Linear part = parts.get(name).stream()
                    .filter(linear -> linear.name().equals(layer.name()))
                    .findFirst()
                    .orElseThrow();
            Views.columns(a, row, row + own).assign(as.get(i));
            INDArray block = Views.block(b, row, row + own, from(part), from(part) + part.out());
            block.assign(layer.b().materialize());
            if (layer.config().scaling() != first.scaling()) {
                block.muli(layer.config().scaling() / first.scaling());
            }
            row += shared ? 0 : own;
        }
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(Math.toIntExact(rank))
                .separationRank(1)
                .factorCount(1)
                .alpha(shared ? alpha(first) : first.scaling() * rank)
                .scalingRule(ScalingRule.ALPHA_OVER_R)
                .initialization(Initialization.KAIMING_UNIFORM)
                .build();
        return new SavedLayer(
                name,
                config,
                KroneckerSum.of(a.reshape('c', 1, a.size(0), a.size(1))),
                KroneckerSum.of(b.reshape('c', 1, b.size(0), b.size(1))));
    }

    /** The α of a layer for an update scaled by α/r. */
    public static double alpha(LsrConfig config) {
        return config.scalingRule() == ScalingRule.ALPHA_OVER_R
                ? config.alpha()
                : config.scaling() * config.bottleneckRank();
    }
}
