package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** FourierFT. A folder has the coefficients of each layer; the settings determine their places. */
public final class FourierKind implements AdapterKind<FourierConfig> {
    private static final JsonForm<FourierConfig> FORM = new JsonForm<>();
    private static final Field<Integer> COEFFICIENTS = FORM.integer("n_frequency", FourierConfig::coefficients);
    private static final Field<Double> ALPHA = FORM.number("scaling", FourierConfig::alpha);
    private static final Field<Boolean> ZERO = FORM.flag("zero_start", FourierConfig::zeroStart);
    private static final Field<Long> SEED = FORM.longInteger("seed", FourierConfig::seed);

    @Override
    public String peftType() {
        return "FOURIERFT";
    }

    @Override
    public Class<FourierConfig> settings() {
        return FourierConfig.class;
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("fourierft", FourierKind::read, "scale", "zero"));
    }

    /** {@code fourierft:N}, with PEFT's defaults. */
    private static FourierConfig read(MethodText text) {
        FourierConfig usual = FourierConfig.of(text.number(1000));
        return new FourierConfig(
                usual.coefficients(), text.real("scale", usual.alpha()), text.integer("zero", 0) > 0, usual.seed());
    }

    @Override
    public JsonForm<FourierConfig> form() {
        return FORM;
    }

    @Override
    public FourierConfig read(JsonFields section) throws IOException {
        return new FourierConfig(COEFFICIENTS.of(section), ALPHA.of(section), ZERO.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, FourierConfig config) {
        return FourierConfig.names(layer);
    }

    /** The trained parameters do not determine the widths. */
    @Override
    public Size size(FourierConfig config, LayerTensors tensors) throws IOException {
        tensors.shape(FourierConfig.names(tensors.layer()).get(0), config.coefficients());
        return new Size(0, 0);
    }
}
