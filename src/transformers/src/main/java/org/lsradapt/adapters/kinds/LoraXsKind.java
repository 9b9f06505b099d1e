package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** LoRA-XS. A folder has R of each layer; the base model's weight determines A and B. */
public final class LoraXsKind extends AdapterKind<LoraXsConfig> {
    private static final JsonForm<LoraXsConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", LoraXsConfig::rank);
    private static final Field<Double> ALPHA = FORM.number("alpha", LoraXsConfig::alpha);
    private static final Field<Long> SEED = FORM.longInteger("seed", LoraXsConfig::seed);

    /** Makes the kind. */
    public LoraXsKind() {
        super("LORA_XS", LoraXsConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("lora-xs", LoraXsKind::read, "alpha"));
    }

    /** {@code lora-xs:R}, with its authors' scaling. */
    private static LoraXsConfig read(MethodText text) {
        LoraXsConfig usual = LoraXsConfig.of(text.number(16));
        return new LoraXsConfig(usual.rank(), text.real("alpha", usual.alpha()), usual.seed());
    }

    @Override
    public LoraXsConfig read(JsonFields section) throws IOException {
        return new LoraXsConfig(R.of(section), ALPHA.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, LoraXsConfig config) {
        return LoraXsConfig.names(layer);
    }

    /** The trained parameters do not determine the widths. */
    @Override
    public Size size(LoraXsConfig config, LayerTensors tensors) throws IOException {
        tensors.shape(LoraXsConfig.names(tensors.layer()).get(0), config.rank(), config.rank());
        return new Size(0, 0);
    }
}
