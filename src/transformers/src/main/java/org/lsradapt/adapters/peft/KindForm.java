package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.Projection;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.hira.HiraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** HiRA, VeRA and FourierFT in PEFT's form; {@link PeftKind} converts in the other direction. */
record KindForm(PeftKind kind, SavedAdapter adapter) implements PeftLayers {

    /**
     * Returns the form of an adapter.
     *
     * @param adapter the adapter; kept
     * @return the form; empty unless all layers have one of these kinds
     * @throws IllegalArgumentException if they do, but PEFT does not support their settings; the message gives the reason
     */
    static Optional<PeftLayers> of(SavedAdapter adapter) {
        List<AdapterConfig> configs =
                adapter.layerNames().stream().map(adapter::config).distinct().toList();
        if (!configs.isEmpty() && configs.stream().allMatch(HiraConfig.class::isInstance)) {
            for (AdapterConfig config : configs) {
                AdapterConfig update = ((HiraConfig) config).update();
                Require.argument(
                        update instanceof LsrConfig,
                        "PEFT export: HiRA of kind '%s' is none of PEFT's; expected a product of two matrices, as of"
                                + " lsr",
                        update.kind());
            }
            long ranks = configs.stream().mapToInt(KindForm::rank).distinct().count();
            Require.argument(
                    ranks == 1,
                    "PEFT export: the layers' HiRA have %d different r, PEFT 0.21 gives all the same; expected one r",
                    ranks);
            return Optional.of(new KindForm(PeftKind.HIRA, adapter));
        }
        boolean vera = !configs.isEmpty() && configs.stream().allMatch(VeraConfig.class::isInstance);
        if (!vera && (configs.isEmpty() || !configs.stream().allMatch(FourierConfig.class::isInstance))) {
            return Optional.empty();
        }
        Require.argument(
                configs.size() == 1,
                "PEFT export: the layers have %d different configurations of kind '%s', PEFT has one; expected one",
                configs.size(),
                configs.get(0).kind());
        if (!vera) {
            return Optional.of(new KindForm(PeftKind.FOURIERFT, adapter));
        }
        VeraConfig config = (VeraConfig) configs.get(0);
        Require.argument(
                config.widestIn() > 0 && config.widestOut() > 0,
                "PEFT export: VeRA's matrices are drawn for each layer's own size; PEFT draws them for the widest, expected"
                        + " an adapter trained with that (vera:%d:in=…:out=…)",
                config.rank());
        return Optional.of(new KindForm(PeftKind.VERA, adapter));
    }

    @Override
    public String type() {
        return kind.name();
    }

    @Override
    public String alphaField() {
        throw new IllegalStateException(kind + " has no alpha");
    }

    @Override
    public List<String> names() {
        return adapter.layerNames();
    }

    @Override
    public Scale scale(int layer) {
        int rank = rank(config(layer));
        return new Scale(rank, rank);
    }

    private static int rank(AdapterConfig config) {
        return config instanceof HiraConfig hira
                ? ((LsrConfig) hira.update()).bottleneckRank()
                : config instanceof VeraConfig vera ? vera.rank() : 1;
    }

    private AdapterConfig config(int layer) {
        return adapter.config(names().get(layer));
    }

    @Override
    public Map<String, INDArray> arrays(int layer) {
        String name = names().get(layer);
        Map<String, INDArray> saved = adapter.arrays(name);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        if (config(layer) instanceof HiraConfig hira) {
            SavedLayer product = SavedLayer.of(name, (LsrConfig) hira.update(), saved);
            arrays.put("hira_A", product.a().materialize());
            arrays.put("hira_B", product.b().materialize().muli(product.config().scaling()));
            return arrays;
        }
        saved.forEach((parameter, array) -> arrays.put(parameter.substring(name.length() + 1), array.dup('c')));
        return arrays;
    }

    @Override
    public Map<String, INDArray> all(UnaryOperator<String> path) {
        Map<String, INDArray> all = PeftLayers.super.all(path);
        if (kind == PeftKind.VERA) {
            VeraConfig vera = (VeraConfig) config(0);
            Projection.Drawn drawn = new Projection(vera.rank(), vera.widestIn(), vera.widestOut(), vera.seed()).draw();
            all.put(PeftKind.VERA_A, transposed(drawn.a(), vera.rank(), vera.widestIn()));
            all.put(PeftKind.VERA_B, transposed(drawn.b(), vera.widestOut(), vera.rank()));
        }
        return all;
    }

    private INDArray transposed(double[] numbers, int rows, int cols) {
        INDArray like = adapter.arrays(names().get(0)).values().iterator().next();
        return Nd4j.createFromArray(numbers)
                .castTo(like.dataType())
                .reshape('c', rows, cols)
                .transpose()
                .dup('c');
    }

    @Override
    public void configure(ObjectNode root, UnaryOperator<String> module) {
        ArrayNode targets = root.putArray("target_modules");
        names().forEach(name -> targets.add(module.apply(name)));
        if (config(0) instanceof FourierConfig fourier) {
            root.put("n_frequency", fourier.coefficients());
            root.put("scaling", fourier.alpha());
            root.put("random_loc_seed", fourier.seed());
            root.put("init_weights", fourier.zeroStart());
            return;
        }
        root.put("r", scale(0).rank());
        if (config(0) instanceof VeraConfig vera) {
            root.put("projection_prng_key", vera.seed());
            root.put("d_initial", vera.initial());
            root.put("save_projection", true);
        }
    }
}
