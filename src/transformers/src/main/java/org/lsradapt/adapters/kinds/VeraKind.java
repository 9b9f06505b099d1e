package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.PeftKind;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.frozen.Projection;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * VeRA. A folder has d and b of each layer; the settings determine A and B.
 *
 * <p>PEFT's: ΔWᵀ = diag(b)·vera_B·diag(d)·vera_A, where vera_A and vera_B belong to no layer, in {@code peft/tuners/vera} of version
 * 0.21.2.
 */
public final class VeraKind extends AdapterKind<VeraConfig> implements PeftKind {
    private static final JsonForm<VeraConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", VeraConfig::rank);
    private static final Field<Double> INITIAL = FORM.number("d_initial", VeraConfig::initial);
    private static final Field<Integer> WIDEST_IN = FORM.integer("widest_in", VeraConfig::widestIn);
    private static final Field<Integer> WIDEST_OUT = FORM.integer("widest_out", VeraConfig::widestOut);
    private static final Field<Long> SEED = FORM.longInteger("seed", VeraConfig::seed);

    /** Makes the kind. */
    public VeraKind() {
        super("VERA", VeraConfig.class, FORM);
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

    @Override
    public List<PeftReader> readers() {
        return List.of(VeraReader.READER);
    }

    @Override
    public PeftLayers layers(SavedAdapter adapter) {
        VeraConfig config = (VeraConfig) PeftLayers.onlyConfig(adapter);
        Require.argument(
                config.widestIn() > 0 && config.widestOut() > 0,
                "PEFT export: VeRA's matrices are drawn for each layer's own size; PEFT draws them for the widest, expected"
                        + " an adapter trained with that (vera:%d:in=…:out=…)",
                config.rank());
        return PeftLayers.of("VERA", adapter, root -> {
                    root.put("r", config.rank());
                    root.put("projection_prng_key", config.seed());
                    root.put("d_initial", config.initial());
                    root.put("save_projection", true);
                })
                .with(() -> projections(config, adapter));
    }

    private static Map<String, INDArray> projections(VeraConfig config, SavedAdapter adapter) {
        Projection.Drawn drawn =
                new Projection(config.rank(), config.widestIn(), config.widestOut(), config.seed()).draw();
        DataType type = adapter.arrays(adapter.layerNames().get(0))
                .values()
                .iterator()
                .next()
                .dataType();
        Map<String, INDArray> projections = new LinkedHashMap<>();
        projections.put(VeraReader.A, transposed(drawn.a(), type, config.rank(), config.widestIn()));
        projections.put(VeraReader.B, transposed(drawn.b(), type, config.widestOut(), config.rank()));
        return projections;
    }

    private static INDArray transposed(double[] numbers, DataType type, int rows, int cols) {
        return Nd4j.createFromArray(numbers)
                .castTo(type)
                .reshape('c', rows, cols)
                .transpose()
                .dup('c');
    }
}
