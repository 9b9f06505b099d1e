package org.lsradapt.adapters.kinds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.StoredConfig;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * HiRA. A folder has the settings and tensors of the update that multiplies W.
 *
 * <p>PEFT's: ΔWᵀ = Wᵀ∘(hira_B·hira_A), in {@code peft/tuners/hira} of version 0.21.2.
 */
public final class HiraKind extends AdapterKind<HiraConfig> implements PeftKind {
    private static final String TYPE = "peft_type";
    private static final List<AdapterKind<?>> UPDATES = List.of(new LsrKind(), new KroneckerKind(), new MixedKind());

    private static final JsonForm<HiraConfig> FORM = new JsonForm<>();
    private static final Field<AdapterConfig> UPDATE =
            FORM.object("update", HiraConfig::update, HiraKind::write, HiraKind::readUpdate);

    private static StoredConfig<?> update(HiraConfig config) {
        return stored(config.update());
    }

    private static StoredConfig<?> stored(AdapterConfig update) {
        return UPDATES.stream()
                .filter(kind -> kind.settings().isInstance(update))
                .findFirst()
                .<StoredConfig<?>>map(kind -> StoredConfig.of(kind, update))
                .orElseThrow();
    }

    private static void write(AdapterConfig update, ObjectNode node) {
        StoredConfig<?> stored = stored(update);
        node.put(TYPE, stored.kind().peftType());
        stored.write(node);
    }

    private static AdapterConfig readUpdate(JsonFields section) throws IOException {
        String type = section.text(TYPE);
        AdapterKind<?> kind = UPDATES.stream()
                .filter(one -> one.peftType().equals(type))
                .findFirst()
                .orElseThrow(() -> section.failure(
                        TYPE,
                        "found " + type + ", expected one of "
                                + UPDATES.stream().map(AdapterKind::peftType).toList()));
        return StoredConfig.read(kind, section, List.of(TYPE)).config();
    }

    /** Makes the kind. */
    public HiraKind() {
        super("HIRA", HiraConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(
                AdapterMethod.of("hira", HiraKind::product, "scale"),
                AdapterMethod.of("hira-lsr", HiraKind::lsr, "s", "scale"),
                AdapterMethod.of(
                        "hira-krona", text -> new HiraConfig(KroneckerKind.krona(text)), "scale", "in", "out"));
    }

    /** {@code hira:R}, with PEFT's initialization and a scale. */
    private static HiraConfig product(MethodText text) {
        int r = text.number(8);
        return new HiraConfig(LsrConfig.lora(r, r * text.real("scale", 1)));
    }

    /** {@code hira-lsr:R}: W is multiplied elementwise by a product of Kronecker sums. */
    private static HiraConfig lsr(MethodText text) {
        LsrConfig usual = LsrConfig.defaults();
        return new HiraConfig(LsrConfig.builder()
                .bottleneckRank(text.number(usual.bottleneckRank()))
                .separationRank(text.integer("s", usual.separationRank()))
                .alpha(text.real("scale", usual.alpha()))
                .build());
    }

    @Override
    public HiraConfig read(JsonFields section) throws IOException {
        return new HiraConfig(UPDATE.of(section));
    }

    @Override
    public List<String> tensors(String layer, HiraConfig config) {
        return update(config).tensors(layer);
    }

    @Override
    public Optional<Sharing> sharing(String layer, HiraConfig config) {
        return update(config).sharing(layer);
    }

    @Override
    public Size size(HiraConfig config, LayerTensors tensors) throws IOException {
        return update(config).size(tensors);
    }

    @Override
    public Optional<String> flaw(String layer, HiraConfig config, Map<String, INDArray> arrays) {
        return update(config).flaw(layer, arrays);
    }

    @Override
    public List<PeftReader> readers() {
        return List.of(PeftReader.of(
                "HIRA",
                FileLayout.of("HIRA", "", "hira_A", "hira_B"),
                Set.of("hira_dropout", "init_weights"),
                HiraKind::check,
                (tensors, config) -> HiraKind::read));
    }

    private static void check(JsonFields config) throws IOException {
        if (config.integer("r") < 1) {
            throw config.failure("r", "found " + config.integer("r") + ", expected >= 1");
        }
    }

    /** PEFT 0.21 gives all layers the configuration's r, regardless of {@code rank_pattern}; r is taken from the tensors. */
    private static LayerArrays read(FileLayer layer) throws IOException {
        int r = layer.shape("hira_A", 2)[0];
        layer.require("hira_B", layer.shape("hira_B", 2)[1], r, "r, the columns,");
        LsrConfig product = LsrConfig.lora(r, r);
        return LayerArrays.of(new SavedLayer(
                        layer.name(),
                        product,
                        KroneckerSum.of(layer.factor("hira_A")),
                        KroneckerSum.of(layer.factor("hira_B"))))
                .with(new HiraConfig(product));
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        List<Integer> ranks = adapter.layerNames().stream()
                .map(layer -> product(adapter, layer).bottleneckRank())
                .distinct()
                .toList();
        Require.argument(
                ranks.size() == 1,
                "PEFT export: the layers' HiRA have %d different r, PEFT 0.21 gives all the same; expected one r",
                ranks.size());
        return PeftLayers.of(
                "HIRA", adapter.layerNames(), layer -> arrays(adapter, layer), root -> root.put("r", ranks.get(0)));
    }

    private static LsrConfig product(SavedAdapter adapter, String layer) {
        AdapterConfig update = ((HiraConfig) adapter.config(layer)).update();
        Require.argument(
                update instanceof LsrConfig,
                "PEFT export: HiRA of kind '%s' is none of PEFT's; expected a product of two matrices, as of lsr",
                update.kind());
        return (LsrConfig) update;
    }

    private static Map<String, INDArray> arrays(SavedAdapter adapter, String layer) {
        SavedLayer product = SavedLayer.of(layer, product(adapter, layer), adapter.arrays(layer));
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("hira_A", product.a().materialize());
        arrays.put("hira_B", product.b().materialize().muli(product.config().scaling()));
        return arrays;
    }
}
