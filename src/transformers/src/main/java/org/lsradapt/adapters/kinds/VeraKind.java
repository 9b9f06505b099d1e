package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** VeRA. A folder has d and b of each layer; the settings determine A and B. */
public final class VeraKind implements AdapterKind<VeraConfig> {
    private static final JsonForm<VeraConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", VeraConfig::rank);
    private static final Field<Double> INITIAL = FORM.number("d_initial", VeraConfig::initial);
    private static final Field<Integer> WIDEST_IN = FORM.integer("widest_in", VeraConfig::widestIn);
    private static final Field<Integer> WIDEST_OUT = FORM.integer("widest_out", VeraConfig::widestOut);
    private static final Field<Long> SEED = FORM.longInteger("seed", VeraConfig::seed);

    @Override
    public String peftType() {
        return "VERA";
    }

    @Override
    public Class<VeraConfig> settings() {
        return VeraConfig.class;
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("vera", VeraKind::read, "d", "in", "out"));
    }

    /** {@code vera:R}, with PEFT's defaults. */
    private static VeraConfig read(MethodText text) {
        VeraConfig usual = VeraConfig.of(text.number(256));
        return new VeraConfig(
                usual.rank(),
                text.real("d", usual.initial()),
                text.integer("in", 0),
                text.integer("out", 0),
                usual.seed());
    }

    @Override
    public JsonForm<VeraConfig> form() {
        return FORM;
    }

    @Override
    public VeraConfig read(JsonFields section) throws IOException {
        return new VeraConfig(
                R.of(section), INITIAL.of(section), WIDEST_IN.of(section), WIDEST_OUT.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, VeraConfig config) {
        return VeraConfig.names(layer);
    }

    /** The trained parameters do not determine the input width. */
    @Override
    public Size size(VeraConfig config, LayerTensors tensors) throws IOException {
        List<String> names = VeraConfig.names(tensors.layer());
        tensors.shape(names.get(0), config.rank());
        return new Size(0, tensors.shape(names.get(1), -1)[0]);
    }
}
