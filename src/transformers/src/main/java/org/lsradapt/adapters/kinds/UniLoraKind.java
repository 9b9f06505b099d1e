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
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.unilora.UniLoraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;

/** Uni-LoRA. A folder stores the vector once, with the first layer; the settings determine its places in A and B. */
public final class UniLoraKind extends AdapterKind<UniLoraConfig> implements PeftKind {
    private static final JsonForm<UniLoraConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", UniLoraConfig::rank);
    private static final Field<Integer> LENGTH = FORM.integer("theta_d_length", UniLoraConfig::length);
    private static final Field<Double> BOUND = FORM.number("init_theta_d_bound", UniLoraConfig::bound);
    private static final Field<Long> SEED = FORM.longInteger("seed", UniLoraConfig::seed);

    /** Makes the kind. */
    public UniLoraKind() {
        super("UNILORA", UniLoraConfig.class, FORM);
    }

    /** {@code uni-lora:D}, with PEFT's defaults. */
    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("uni-lora", UniLoraKind::read, "r", "bound"));
    }

    private static UniLoraConfig read(MethodText text) {
        UniLoraConfig usual = UniLoraConfig.of(text.number(256));
        return new UniLoraConfig(
                text.integer("r", usual.rank()), usual.length(), text.real("bound", usual.bound()), usual.seed());
    }

    @Override
    public UniLoraConfig read(JsonFields section) throws IOException {
        return new UniLoraConfig(R.of(section), LENGTH.of(section), BOUND.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, UniLoraConfig config) {
        return List.of(UniLoraConfig.name(layer));
    }

    @Override
    public Optional<Sharing> sharing(String layer, UniLoraConfig config) {
        return Optional.of(new Sharing("all", tensors(layer, config), false, true));
    }

    /** The vector does not determine the layer's widths. */
    @Override
    public Size size(UniLoraConfig config, LayerTensors tensors) throws IOException {
        tensors.shape(UniLoraConfig.name(tensors.layer()), config.length());
        return new Size(0, 0);
    }

    /** PEFT's adapters are read as LoRA with the same updates. */
    @Override
    public List<PeftReader> readers() {
        return List.of(UniLoraReader.READER);
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        throw new IllegalArgumentException(
                "PEFT export: PEFT draws other places for Uni-LoRA's vector, so it has no such"
                        + " adapter; expected --as-lora, as LoRA with the same updates");
    }
}
