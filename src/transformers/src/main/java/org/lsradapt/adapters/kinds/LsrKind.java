package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ParameterNames;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LSR and plain LoRA. Factors may be stored in fewer bits. */
public final class LsrKind extends AdapterKind<LsrConfig> implements PeftKind {
    /** The rank of {@code lora} without a number. */
    public static final int LORA_RANK = 8;

    /** c of {@code lora}. */
    public static final double LORA_SCALING = 4;

    /** Twice this rate is too high for the authors' initialization. */
    private static final double AUTHORS_RATE = 5e-4;

    private static final JsonForm<LsrConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", LsrConfig::bottleneckRank);
    private static final Field<Integer> TERMS = FORM.integer("separation_rank", LsrConfig::separationRank);
    private static final Field<Integer> FACTORS = FORM.integer("factor_count", LsrConfig::factorCount);
    private static final Field<Double> ALPHA = FORM.number("alpha", LsrConfig::alpha);
    private static final Field<ScalingRule> RULE =
            FORM.named("scaling_rule", LsrConfig::scalingRule, ScalingRule::label, ScalingRule::named);
    private static final Field<Double> SCALING = FORM.number("scaling", LsrConfig::scaling);
    private static final Field<List<Integer>> IN_FACTORS = FORM.integers("in_factors", LsrConfig::inFactors);
    private static final Field<List<Integer>> OUT_FACTORS = FORM.integers("out_factors", LsrConfig::outFactors);
    private static final Field<List<Integer>> RANK_FACTORS = FORM.integers("rank_factors", LsrConfig::rankFactors);
    private static final Field<Boolean> TERM_WEIGHTS = FORM.flag("term_weights", LsrConfig::termWeights);
    private static final Field<Initialization> INITIALIZATION =
            FORM.named("initialization", LsrConfig::initialization, Initialization::label, Initialization::named);
    private static final Field<Long> SEED = FORM.longInteger("seed", LsrConfig::seed);

    /** Makes the kind. */
    public LsrKind() {
        super("LSR", LsrConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(
                AdapterMethod.of(
                        "lora", text -> LsrConfig.lora(text.number(LORA_RANK), LORA_SCALING * text.number(LORA_RANK))),
                AdapterMethod.of(
                        "lsr",
                        text -> LsrConfig.builder()
                                .bottleneckRank(text.number(LsrConfig.defaults().bottleneckRank()))
                                .build()),
                new AdapterMethod(
                        "lsr-authors", List.of("s", "scale"), OptionalDouble.of(AUTHORS_RATE), LsrKind::authors));
    }

    /**
     * {@code lsr-authors:R}: the layer of the code that the authors of LSR-Adapt published, with their initialization and scaling. Their r
     * is the square root of R; see {@link org.lsradapt.adapters.peft.AuthorsImport}.
     */
    private static LsrConfig authors(MethodText text) {
        int r = text.number(4);
        int root = (int) Math.round(Math.sqrt(r));
        Require.argument(
                root * root == r, "method %s: r is %d, expected a square, as the authors' layer has", text.label(), r);
        return LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(text.integer("s", 16))
                .alpha(text.real("scale", 4096))
                .scalingRule(ScalingRule.ALPHA)
                .initialization(Initialization.PAPER_AUTHORS)
                .build();
    }

    @Override
    public LsrConfig read(JsonFields fields) throws IOException {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(R.of(fields))
                .separationRank(TERMS.of(fields))
                .factorCount(FACTORS.of(fields))
                .alpha(ALPHA.of(fields))
                .scalingRule(RULE.of(fields))
                .inFactors(IN_FACTORS.of(fields))
                .outFactors(OUT_FACTORS.of(fields))
                .rankFactors(RANK_FACTORS.of(fields))
                .termWeights(TERM_WEIGHTS.of(fields))
                .initialization(INITIALIZATION.of(fields))
                .seed(SEED.of(fields))
                .build();
        double scaling = SCALING.of(fields);
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
    public List<String> tensors(String layer, LsrConfig config) {
        List<String> tensors = new ArrayList<>();
        for (ParameterNames names : sides(layer, config)) {
            tensors.addAll(names.factors());
            if (names.termWeights() != null) {
                tensors.add(names.termWeights());
            }
        }
        return tensors;
    }

    @Override
    public List<String> factors(String layer, LsrConfig config) {
        return sides(layer, config).stream()
                .flatMap(names -> names.factors().stream())
                .toList();
    }

    private static List<ParameterNames> sides(String layer, LsrConfig config) {
        return List.of(ParameterNames.ofA(layer, config), ParameterNames.ofB(layer, config));
    }

    @Override
    public Optional<String> flaw(String layer, LsrConfig config, Map<String, INDArray> arrays) {
        return SavedLayer.of(layer, config, arrays).overflow();
    }

    /** The layer's width is the product of the factors' sizes; it and the configuration determine everything else. */
    @Override
    public Size size(LsrConfig config, LayerTensors tensors) throws IOException {
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
            tensors.requireFactor(names.factors().get(i), s, rows.get(i), cols.get(i));
        }
        if (names.termWeights() != null) {
            tensors.shape(names.termWeights(), s);
        }
    }

    @Override
    public List<PeftReader> readers() {
        return List.of(LoraReader.READER, LokrReader.READER);
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        return PeftLayers.lora(adapter.layers());
    }
}
