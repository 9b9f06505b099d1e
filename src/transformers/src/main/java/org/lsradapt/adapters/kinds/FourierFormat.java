package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterFormat;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** FourierFT in adapter folders: the coefficients of each layer. The settings determine their places. */
public final class FourierFormat implements AdapterFormat<FourierConfig> {
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
