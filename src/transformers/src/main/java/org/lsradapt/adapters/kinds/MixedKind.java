package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.baselines.composed.MixedConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.internal.Require;

/** Kronecker products of different splits. */
public final class MixedKind extends AdapterKind<MixedConfig> {
    private static final JsonForm<MixedConfig> FORM = new JsonForm<>();
    private static final Field<List<Integer>> IN = FORM.integers("in_first", MixedConfig::inFirst);
    private static final Field<List<Integer>> OUT = FORM.integers("out_first", MixedConfig::outFirst);
    private static final Field<Double> SCALING = FORM.number("scaling", MixedConfig::scaling);
    private static final Field<Long> SEED = FORM.longInteger("seed", MixedConfig::seed);

    /** Makes the kind. */
    public MixedKind() {
        super("KRONECKER_MIXED", MixedConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("krona-mixed", MixedKind::read, "scale", "in", "out"));
    }

    /** {@code krona-mixed}, with one term per split. */
    private static MixedConfig read(MethodText text) {
        List<Integer> in = text.integers("in", List.of());
        Require.argument(
                !in.isEmpty(),
                "method %s: no splits, expected the widths of the first factors, such as krona-mixed:in=6+64+16",
                text.label());
        return new MixedConfig(in, text.integers("out", in), text.real("scale", 1), 1);
    }

    @Override
    public MixedConfig read(JsonFields section) throws IOException {
        return new MixedConfig(IN.of(section), OUT.of(section), SCALING.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, MixedConfig config) {
        return MixedConfig.names(layer, config.inFirst().size());
    }

    /** The factors of every term multiply to the same widths. */
    @Override
    public Size size(MixedConfig config, LayerTensors tensors) throws IOException {
        List<String> names = tensors(tensors.layer(), config);
        Size size = new Size(0, 0);
        for (int k = 0; k < config.inFirst().size(); k++) {
            long inFirst = config.inFirst().get(k);
            long outFirst = config.outFirst().get(k);
            tensors.shape(names.get(2 * k), 1, inFirst, outFirst);
            long[] second = tensors.shape(names.get(2 * k + 1), 1, -1, -1);
            Size own = new Size(inFirst * second[1], outFirst * second[2]);
            if (k > 0 && !own.equals(size)) {
                throw tensors.failure(
                        names.get(2 * k + 1),
                        "makes a term of " + own.in() + " by " + own.out() + ", the terms before are of " + size.in()
                                + " by " + size.out());
            }
            size = own;
        }
        return size;
    }
}
