package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.FactorSizes;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ParameterNames;
import org.lsradapt.lsr.ScalingRule;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The format of LSR adapters and plain LoRA, whose factors may be stored in fewer bits. */
final class LsrFormat implements AdapterFormat {

    static final String PEFT_TYPE = "LSR";
    static final LsrFormat INSTANCE = new LsrFormat();

    private static final List<String> FIELDS = List.of(
            "r",
            "separation_rank",
            "factor_count",
            "alpha",
            "scaling_rule",
            "scaling",
            "in_factors",
            "out_factors",
            "rank_factors",
            "term_weights",
            "initialization",
            "seed");

    private LsrFormat() {}

    @Override
    public String peftType() {
        return PEFT_TYPE;
    }

    @Override
    public boolean stores(AdapterConfig config) {
        return config instanceof LsrConfig;
    }

    @Override
    public List<String> fields() {
        return FIELDS;
    }

    @Override
    public void write(AdapterConfig config, ObjectNode section) {
        LsrConfig adapter = (LsrConfig) config;
        section.put("r", adapter.bottleneckRank());
        section.put("separation_rank", adapter.separationRank());
        section.put("factor_count", adapter.factorCount());
        section.put("alpha", adapter.alpha());
        section.put("scaling_rule", adapter.scalingRule().label());
        section.put("scaling", adapter.scaling());
        putIntegers(section, "in_factors", adapter.inFactors());
        putIntegers(section, "out_factors", adapter.outFactors());
        putIntegers(section, "rank_factors", adapter.rankFactors());
        section.put("term_weights", adapter.termWeights());
        section.put("initialization", adapter.initialization().label());
        section.put("seed", adapter.seed());
    }

    private static void putIntegers(ObjectNode node, String name, List<Integer> integers) {
        ArrayNode array = node.putArray(name);
        integers.forEach(array::add);
    }

    @Override
    public LsrConfig read(JsonFields fields) throws IOException {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(fields.integer("r"))
                .separationRank(fields.integer("separation_rank"))
                .factorCount(fields.integer("factor_count"))
                .alpha(fields.number("alpha"))
                .scalingRule(fields.meaning("scaling_rule", ScalingRule::named))
                .inFactors(fields.integers("in_factors"))
                .outFactors(fields.integers("out_factors"))
                .rankFactors(fields.integers("rank_factors"))
                .termWeights(fields.flag("term_weights"))
                .initialization(fields.meaning("initialization", Initialization::named))
                .seed(fields.longInteger("seed"))
                .build();
        double scaling = fields.number("scaling");
        if (scaling != config.scaling()) {
            throw fields.failure(
                    "scaling",
                    "found " + scaling + ", but alpha " + config.alpha() + " with rule "
                            + config.scalingRule().label() + " and r " + config.bottleneckRank() + " makes "
                            + config.scaling());
        }
        return config;
    }

    @Override
    public List<String> tensors(String layer, AdapterConfig config) {
        List<String> tensors = new ArrayList<>();
        for (ParameterNames names : sides(layer, config)) {
            tensors.addAll(names.factors());
            if (names.termWeights() != null) {
                tensors.add(names.termWeights());
            }
        }
        return tensors;
    }

    /** The names of a layer's factors, which are stored in the folder's precision. */
    static List<String> factors(String layer, AdapterConfig config) {
        return sides(layer, config).stream()
                .flatMap(names -> names.factors().stream())
                .toList();
    }

    private static List<ParameterNames> sides(String layer, AdapterConfig config) {
        return List.of(ParameterNames.ofA(layer, (LsrConfig) config), ParameterNames.ofB(layer, (LsrConfig) config));
    }

    /** The layer's width is what the factors multiply up to; all else follows from it and the configuration. */
    @Override
    public Size size(AdapterConfig adapterConfig, LayerTensors tensors) throws IOException {
        LsrConfig config = (LsrConfig) adapterConfig;
        ParameterNames a = ParameterNames.ofA(tensors.layer(), config);
        ParameterNames b = ParameterNames.ofB(tensors.layer(), config);
        List<Integer> rank = config.resolvedRankFactors();
        int in = width(a, 1, tensors);
        int out = width(b, 2, tensors);
        try {
            FactorSizes.requireRank(config.bottleneckRank(), in, out);
        } catch (IllegalArgumentException e) {
            throw tensors.failure(a.factors().get(0), "and its fellow factors: " + e.getMessage());
        }
        checkShapes(a, config.separationRank(), split(a, in, config::inFactors, tensors), rank, tensors);
        checkShapes(b, config.separationRank(), rank, split(b, out, config::outFactors, tensors), tensors);
        return new Size(in, out);
    }

    /** The product of the factors' sizes along an axis. */
    private static int width(ParameterNames names, int axis, LayerTensors tensors) throws IOException {
        long product = 1;
        for (String name : names.factors()) {
            long[] shape = tensors.found(name);
            if (shape.length != 3 || shape[axis] < 1 || product * shape[axis] > Integer.MAX_VALUE) {
                throw tensors.failure(
                        name, "is " + Arrays.toString(shape) + ", expected [s, rows, cols] of a Kronecker factor");
            }
            product *= shape[axis];
        }
        return (int) product;
    }

    private static List<Integer> split(
            ParameterNames names, int width, IntFunction<List<Integer>> split, LayerTensors tensors)
            throws IOException {
        try {
            return split.apply(width);
        } catch (IllegalArgumentException e) {
            throw tensors.failure(names.factors().get(0), "and its fellow factors: " + e.getMessage());
        }
    }

    private static void checkShapes(
            ParameterNames names, int s, List<Integer> rows, List<Integer> cols, LayerTensors tensors)
            throws IOException {
        for (int i = 0; i < names.factors().size(); i++) {
            String name = names.factors().get(i);
            tensors.shape(name, FactorFormat.storedTerms(s, tensors.storage()), rows.get(i), cols.get(i));
            if (tensors.storage().isScaled()) {
                tensors.shape(name + FactorFormat.SCALE, s);
            }
        }
        if (names.termWeights() != null) {
            tensors.shape(names.termWeights(), s);
        }
    }

    /** One side of a layer's update out of its arrays by name. */
    static KroneckerSum sum(ParameterNames names, Map<String, INDArray> arrays) {
        return KroneckerSum.of(
                names.factors().stream().map(arrays::get).toList(),
                names.termWeights() == null ? null : arrays.get(names.termWeights()));
    }
}
