package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.frozen.MissConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.nd4j.linalg.api.ndarray.INDArray;

/** MiSS. A folder has D of each layer, as PEFT's {@code peft/tuners/miss} of version 0.21.2 has. */
public final class MissKind extends AdapterKind<MissConfig> implements PeftKind {
    private static final String BLOCK = "miss_block";
    private static final String VARIANT = "init_weights";

    private static final JsonForm<MissConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", MissConfig::rank);
    private static final Field<Long> SEED = FORM.longInteger("seed", MissConfig::seed);

    /** Makes the kind. */
    public MissKind() {
        super("MISS", MissConfig.class, FORM);
    }

    /** {@code miss:R}. */
    @Override
    public List<AdapterMethod> methods() {
        return List.of(AdapterMethod.of("miss", text -> MissConfig.of(text.number(8))));
    }

    @Override
    public MissConfig read(JsonFields section) throws IOException {
        return new MissConfig(R.of(section), SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, MissConfig config) {
        return MissConfig.names(layer);
    }

    /** The trained parameters do not determine the input width. */
    @Override
    public Size size(MissConfig config, LayerTensors tensors) throws IOException {
        return new Size(0, tensors.shape(MissConfig.names(tensors.layer()).get(0), config.rank(), -1)[1]);
    }

    @Override
    public List<PeftReader> readers() {
        return List.of(PeftReader.of(
                "MISS",
                FileLayout.of("MISS", "", BLOCK),
                Set.of("bias", "miss_dropout", "mini_r", VARIANT),
                MissKind::check,
                (tensors, config) -> MissKind::read));
    }

    private static void check(JsonFields config) throws IOException {
        config.requireOff("rank_pattern", "which MISS does not have");
        if (config.isText(VARIANT)) {
            throw config.failure(
                    VARIANT,
                    "found \"" + config.text(VARIANT)
                            + "\", a variant whose update is another; expected true or false");
        }
    }

    private static LayerArrays read(FileLayer layer) throws IOException {
        int[] shape = layer.shape(BLOCK, 2);
        String name = MissConfig.names(layer.name()).get(0);
        return LayerArrays.of(
                layer.name(), MissConfig.of(shape[0]), new Size(0, shape[1]), Map.of(name, layer.matrix(BLOCK)));
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        MissConfig config = (MissConfig) PeftLayers.onlyConfig(adapter);
        return PeftLayers.of(
                "MISS",
                adapter.layerNames(),
                layer -> Map.of(
                        BLOCK,
                        transposed(adapter.arrays(layer)
                                .get(MissConfig.names(layer).get(0)))),
                root -> {
                    root.put("r", config.rank());
                    root.put(VARIANT, true);
                });
    }

    private static INDArray transposed(INDArray block) {
        return block.transpose().dup('c');
    }
}
