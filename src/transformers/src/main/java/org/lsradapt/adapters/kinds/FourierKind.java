package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.io.TensorSource;

/**
 * FourierFT. A folder has the coefficients of each layer; the settings determine their places.
 *
 * <p>PEFT's: ΔWᵀ = scaling·Re(ifft2) of coefficients at their places, in {@code peft/tuners/fourierft} of version 0.21.2.
 */
public final class FourierKind extends AdapterKind<FourierConfig> implements PeftKind {
    private static final String SPECTRUM = "fourierft_spectrum";

    private static final JsonForm<FourierConfig> FORM = new JsonForm<>();
    private static final Field<Integer> COEFFICIENTS = FORM.integer("n_frequency", FourierConfig::coefficients);
    private static final Field<Double> ALPHA = FORM.number("scaling", FourierConfig::alpha);
    private static final Field<Boolean> ZERO = FORM.flag("zero_start", FourierConfig::zeroStart);
    private static final Field<Long> SEED = FORM.longInteger("seed", FourierConfig::seed);

    /** Makes the kind. */
    public FourierKind() {
        super("FOURIERFT", FourierConfig.class, FORM);
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

    @Override
    public List<PeftReader> readers() {
        return List.of(PeftReader.of(
                "FOURIERFT",
                FileLayout.of("FOURIERFT", "", SPECTRUM),
                Set.of("n_frequency", "scaling", "random_loc_seed", "bias", "init_weights"),
                config -> config.requireOff("rank_pattern", "which FOURIERFT does not have"),
                FourierKind::open));
    }

    private static PeftReader.Reading open(TensorSource tensors, JsonFields config) throws IOException {
        FourierConfig fourier = new FourierConfig(
                config.integer("n_frequency"),
                config.number("scaling"),
                config.flag("init_weights", false),
                config.longInteger("random_loc_seed"));
        return layer -> {
            int found = layer.shape(SPECTRUM, 1)[0];
            layer.require(SPECTRUM, found, fourier.coefficients(), "n_frequency, the length,");
            String name = FourierConfig.names(layer.name()).get(0);
            return LayerArrays.of(layer.name(), fourier, new Size(0, 0), Map.of(name, layer.vector(SPECTRUM)));
        };
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        FourierConfig config = (FourierConfig) PeftLayers.onlyConfig(adapter);
        return PeftLayers.of("FOURIERFT", adapter, root -> {
            root.put("n_frequency", config.coefficients());
            root.put("scaling", config.alpha());
            root.put("random_loc_seed", config.seed());
            root.put("init_weights", config.zeroStart());
        });
    }
}
