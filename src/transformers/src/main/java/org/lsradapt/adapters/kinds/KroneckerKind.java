package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.KroneckerMethod;
import org.lsradapt.baselines.KroneckerNames;
import org.lsradapt.baselines.KroneckerShape;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** Kronecker sums for ΔW: LoKr, KronA, CDKA and KAdaptation. */
public final class KroneckerKind extends AdapterKind<KroneckerConfig> implements PeftKind {
    private static final JsonForm<KroneckerConfig> FORM = new JsonForm<>();
    private static final Field<KroneckerMethod> METHOD =
            FORM.named("method", KroneckerConfig::method, KroneckerMethod::label, KroneckerMethod::named);
    private static final Field<Integer> TERMS = FORM.integer("terms", KroneckerConfig::terms);
    private static final String IN = "in_split";
    private static final Field<List<Integer>> IN_SPLIT = FORM.integers(IN, config -> widths(config.in()));
    private static final String OUT = "out_split";
    private static final Field<List<Integer>> OUT_SPLIT = FORM.integers(OUT, config -> widths(config.out()));
    private static final Field<Integer> RANK = FORM.integer("rank", KroneckerConfig::rank);
    private static final Field<Double> SCALING = FORM.number("scaling", KroneckerConfig::scaling);
    private static final Field<Long> SEED = FORM.longInteger("seed", KroneckerConfig::seed);

    /** Makes the kind. */
    public KroneckerKind() {
        super("KRONECKER", KroneckerConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(
                AdapterMethod.of("lokr", KroneckerKind::lokr, "alpha", "factor"),
                AdapterMethod.of("krona", KroneckerKind::krona, "scale", "in", "out"),
                AdapterMethod.of("cdka", KroneckerKind::cdka, "r1", "r2", "alpha"),
                AdapterMethod.of("kadaptation", KroneckerKind::kadaptation, "r", "scale"));
    }

    /** {@code lokr:R}, with PEFT's defaults. */
    private static KroneckerConfig lokr(MethodText text) {
        int r = text.number().orElse(8);
        FactorSplit split = new FactorSplit(text.integer("factor", 0), 0);
        return KroneckerConfig.lokr(r, text.real("alpha", Math.max(1, r))).withSplits(split, split);
    }

    /** {@code krona:S}, a sum of s Kronecker products. */
    static KroneckerConfig krona(MethodText text) {
        KroneckerConfig krona = KroneckerConfig.krona(text.real("scale", 1));
        return new KroneckerConfig(
                krona.method(),
                text.number(1),
                new FactorSplit(text.integer("in", 0), 0),
                new FactorSplit(text.integer("out", 0), 0),
                0,
                krona.scaling(),
                krona.seed());
    }

    /** {@code cdka:R}, with its authors' recommended settings. */
    private static KroneckerConfig cdka(MethodText text) {
        return KroneckerConfig.cdka(
                text.integer("r1", 2), text.integer("r2", 8), text.number(4), text.real("alpha", 64));
    }

    /** {@code kadaptation:N}, with the settings of its authors' code. */
    private static KroneckerConfig kadaptation(MethodText text) {
        return KroneckerConfig.kadaptation(text.number(32), text.integer("r", 1), text.real("scale", 160));
    }

    private static List<Integer> widths(FactorSplit split) {
        return List.of(split.first(), split.second());
    }

    @Override
    public KroneckerConfig read(JsonFields section) throws IOException {
        return new KroneckerConfig(
                METHOD.of(section),
                TERMS.of(section),
                split(section, IN, IN_SPLIT),
                split(section, OUT, OUT_SPLIT),
                RANK.of(section),
                SCALING.of(section),
                SEED.of(section));
    }

    private static FactorSplit split(JsonFields section, String name, Field<List<Integer>> field) throws IOException {
        List<Integer> widths = field.of(section);
        if (widths.size() != 2) {
            throw section.failure(name, "found " + widths + ", expected two widths");
        }
        return new FactorSplit(widths.get(0), widths.get(1));
    }

    @Override
    public List<String> tensors(String layer, KroneckerConfig config) {
        return KroneckerNames.of(layer, config);
    }

    @Override
    public Optional<Sharing> sharing(String layer, KroneckerConfig config) {
        return config.sharedBy(layer)
                .map(group -> new Sharing(group, KroneckerNames.first(layer, config), true, false));
    }

    @Override
    public Size size(KroneckerConfig config, LayerTensors tensors) throws IOException {
        List<String> first = KroneckerNames.first(tensors.layer(), config);
        List<String> second = KroneckerNames.second(tensors.layer(), config);
        long[] one = widths(first, config.firstRank(), config, tensors);
        long[] two = widths(second, config.secondRank(), config, tensors);
        if (one[0] * two[0] > Integer.MAX_VALUE || one[1] * two[1] > Integer.MAX_VALUE) {
            throw tensors.failure(
                    second.get(0),
                    "and its fellow factors multiply up to " + one[0] * two[0] + " by " + one[1] * two[1]
                            + ", expected no more than an int holds");
        }
        int in = (int) (one[0] * two[0]);
        int out = (int) (one[1] * two[1]);
        KroneckerShape shape;
        try {
            shape = config.shape(tensors.layer(), in, out);
        } catch (IllegalArgumentException e) {
            throw tensors.failure(first.get(0), "and its fellow factors: " + e.getMessage());
        }
        require(first, shape.first(), config, tensors);
        return new Size(in, out);
    }

    private static long[] widths(List<String> names, int rank, KroneckerConfig config, LayerTensors tensors)
            throws IOException {
        if (rank == 0) {
            long[] whole = tensors.shape(names.get(0), config.terms(), -1, -1);
            return new long[] {whole[1], whole[2]};
        }
        return new long[] {
            tensors.shape(names.get(0), config.terms(), rank, -1)[2],
            tensors.shape(names.get(1), config.terms(), rank, -1)[2]
        };
    }

    /** Checks that the splits are those of the settings; the first factor determines the second. */
    private static void require(
            List<String> names, KroneckerShape.Factor factor, KroneckerConfig config, LayerTensors tensors)
            throws IOException {
        if (factor.isWhole()) {
            tensors.shape(names.get(0), config.terms(), factor.in(), factor.out());
        } else {
            tensors.shape(names.get(0), config.terms(), factor.rank(), factor.in());
            tensors.shape(names.get(1), config.terms(), factor.rank(), factor.out());
        }
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        return LokrLayers.of(adapter);
    }
}
