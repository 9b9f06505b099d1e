package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.Projection;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.hira.HiraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * PEFT's adapters that are separate kinds here rather than LSR: {@code HIRA}, {@code VERA} and {@code FOURIERFT}.
 *
 * <p>Source: {@code config.py}, {@code layer.py} and {@code model.py} of {@code peft/tuners/hira}, {@code vera} and {@code fourierft},
 * version 0.21.2.
 */
enum PeftKind {
    /** ΔWᵀ = Wᵀ∘(hira_B·hira_A). */
    HIRA(List.of("hira_A", "hira_B"), Set.of("hira_dropout", "init_weights")),

    /** ΔWᵀ = diag(b)·vera_B·diag(d)·vera_A, where vera_A and vera_B belong to no layer. */
    VERA(
            List.of("vera_lambda_b", "vera_lambda_d"),
            Set.of("projection_prng_key", "save_projection", "vera_dropout", "d_initial", "bias", "init_weights")),

    /** ΔWᵀ = scaling·Re(ifft2) of coefficients at their places. */
    FOURIERFT(
            List.of("fourierft_spectrum"), Set.of("n_frequency", "scaling", "random_loc_seed", "bias", "init_weights"));

    /** The tensors of {@code VERA} that belong to no layer. */
    static final String VERA_A = "base_model.vera_A";

    static final String VERA_B = "base_model.vera_B";

    /** Between drawn numbers and those of a file, which may have been rounded to 16 bits. */
    private static final double TOLERANCE = 1e-6;

    private final List<String> parts;
    private final Set<String> fields;

    PeftKind(List<String> parts, Set<String> fields) {
        this.parts = parts;
        this.fields = fields;
    }

    /** Returns the kind of a {@code peft_type}. */
    static Optional<PeftKind> named(String type) {
        return Arrays.stream(values()).filter(kind -> kind.name().equals(type)).findFirst();
    }

    /** The suffixes of a layer's tensor names. */
    List<String> parts() {
        return parts;
    }

    /** The additional fields of this kind's configuration. */
    Set<String> fields() {
        return fields;
    }

    /** Whether a tensor belongs to no layer. */
    boolean isBeside(String tensor) {
        return this == VERA && (tensor.equals(VERA_A) || tensor.equals(VERA_B));
    }

    /** Checks the configuration before any tensor is read. */
    void check(JsonFields config) throws IOException {
        for (String pattern : this == HIRA ? List.of("alpha_pattern") : List.of("alpha_pattern", "rank_pattern")) {
            config.requireOff(pattern, "which " + name() + " does not have");
        }
        if (!config.isOff("bias") && !config.text("bias").equals("none")) {
            throw config.failure(
                    "bias",
                    "found " + config.text("bias") + "; trained biases cannot be represented here, expected none");
        }
        if (this == VERA && !config.flag("save_projection", true)) {
            throw config.failure(
                    "save_projection",
                    "found false; the sizes of vera_A and vera_B are not in the file then, expected true");
        }
    }

    FactorReader.KindReading reading(TensorSource tensors, PeftConfig config) throws IOException {
        return switch (this) {
            case HIRA -> PeftKind::hira;
            case VERA -> {
                VeraConfig vera = vera(tensors, config.fields());
                yield (layer, parts, reader) -> vera(layer, parts, vera, reader);
            }
            case FOURIERFT -> {
                JsonFields fields = config.fields();
                FourierConfig fourier = new FourierConfig(
                        fields.integer("n_frequency"),
                        fields.number("scaling"),
                        fields.flag("init_weights", false),
                        fields.longInteger("random_loc_seed"));
                yield (layer, parts, reader) -> fourier(layer, parts, fourier, reader);
            }
        };
    }

    /** PEFT 0.21 gives all layers the configuration's r, regardless of {@code rank_pattern}; r is taken from the tensors. */
    private static LayerArrays hira(String layer, Map<String, String> parts, FactorReader reader) throws IOException {
        int[] a = reader.shape(layer, parts, "hira_A", 2);
        int[] b = reader.shape(layer, parts, "hira_B", 2);
        reader.require(parts.get("hira_B"), b[1], a[0], "r, the columns,");
        LsrConfig product = LsrConfig.lora(a[0], a[0]);
        SavedLayer saved = new SavedLayer(
                layer,
                product,
                KroneckerSum.of(reader.factor(parts.get("hira_A"))),
                KroneckerSum.of(reader.factor(parts.get("hira_B"))));
        return LayerArrays.of(saved).with(new HiraConfig(product));
    }

    /** The settings from which vera_A and vera_B are drawn again. */
    private static VeraConfig vera(TensorSource tensors, JsonFields fields) throws IOException {
        for (String name : List.of(VERA_A, VERA_B)) {
            if (!tensors.has(name)) {
                throw new IOException(tensors.location() + ": there is no tensor '" + name
                        + "', expected both projections, as save_projection says");
            }
        }
        long[] a = tensors.shape(VERA_A);
        long[] b = tensors.shape(VERA_B);
        int rank = fields.integer("r");
        if (a.length != 2 || b.length != 2 || a[0] != rank || b[1] != rank || a[1] * rank + b[0] * rank > 1 << 27) {
            throw TensorNames.failure(
                    tensors,
                    VERA_A,
                    "is " + Arrays.toString(a) + " and vera_B " + Arrays.toString(b) + ", expected [r, in] and [out, r]"
                            + " with r = " + rank);
        }
        long seed = fields.longInteger("projection_prng_key");
        Projection.Drawn drawn = new Projection(rank, (int) a[1], (int) b[0], seed).draw();
        requireDrawn(tensors, VERA_A, drawn.a(), seed);
        requireDrawn(tensors, VERA_B, drawn.b(), seed);
        return new VeraConfig(rank, fields.number("d_initial", 0.1), (int) a[1], (int) b[0], seed);
    }

    private static void requireDrawn(TensorSource tensors, String name, double[] drawn, long seed) throws IOException {
        try (INDArray stored = tensors.readFinite(name)) {
            double[] found = stored.data().asDouble();
            for (int i = 0; i < drawn.length; i++) {
                if (Math.abs(found[i] - drawn[i]) > TOLERANCE) {
                    throw TensorNames.failure(
                            tensors,
                            name,
                            "has the number " + found[i] + " where projection_prng_key " + seed + " draws " + drawn[i]
                                    + "; expected a projection in 32 bits that PEFT drew from that key");
                }
            }
        }
    }

    private static LayerArrays vera(String layer, Map<String, String> parts, VeraConfig config, FactorReader reader)
            throws IOException {
        int[] d = reader.shape(layer, parts, "vera_lambda_d", 1);
        int[] b = reader.shape(layer, parts, "vera_lambda_b", 1);
        reader.require(parts.get("vera_lambda_d"), d[0], config.rank(), "r, the length,");
        List<String> names = VeraConfig.names(layer);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(names.get(0), reader.vector(parts.get("vera_lambda_d")));
        arrays.put(names.get(1), reader.vector(parts.get("vera_lambda_b")));
        return new LayerArrays(layer, config, new AdapterKind.Size(0, b[0]), arrays, Optional.empty());
    }

    private static LayerArrays fourier(
            String layer, Map<String, String> parts, FourierConfig config, FactorReader reader) throws IOException {
        int[] shape = reader.shape(layer, parts, "fourierft_spectrum", 1);
        reader.require(parts.get("fourierft_spectrum"), shape[0], config.coefficients(), "n_frequency, the length,");
        Map<String, INDArray> arrays =
                Map.of(FourierConfig.names(layer).get(0), reader.vector(parts.get("fourierft_spectrum")));
        return new LayerArrays(layer, config, new AdapterKind.Size(0, 0), arrays, Optional.empty());
    }
}
