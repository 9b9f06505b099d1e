package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.baselines.frozen.Projection;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** PEFT's VeRA, whose vera_A and vera_B are drawn again from their seed and compared with those of the file. */
final class VeraReader {
    /** The tensors that belong to no layer. */
    static final String A = "base_model.vera_A";

    static final String B = "base_model.vera_B";

    private static final String SAVED = "save_projection";
    private static final String SEED = "projection_prng_key";
    private static final String SMALL_D = "vera_lambda_d";
    private static final String SMALL_B = "vera_lambda_b";

    /** Between drawn numbers and those of a file, which may have been rounded to 16 bits. */
    private static final double TOLERANCE = 1e-6;

    static final PeftReader READER = PeftReader.of(
            "VERA",
            FileLayout.of("VERA", "", SMALL_B, SMALL_D).beside(List.of(A, B)::contains),
            Set.of(SEED, SAVED, "vera_dropout", "d_initial", "bias", "init_weights"),
            VeraReader::check,
            VeraReader::open);

    private VeraReader() {}

    private static void check(JsonFields config) throws IOException {
        config.requireOff("rank_pattern", "which VERA does not have");
        if (!config.flag(SAVED, true)) {
            throw config.failure(
                    SAVED, "found false; the sizes of vera_A and vera_B are not in the file then, expected true");
        }
    }

    /** Finds the settings from which vera_A and vera_B are drawn again. */
    private static PeftReader.Reading open(TensorSource tensors, JsonFields config) throws IOException {
        for (String name : List.of(A, B)) {
            if (!tensors.has(name)) {
                throw new IOException(tensors.location() + ": there is no tensor '" + name
                        + "', expected both projections, as save_projection says");
            }
        }
        long[] a = tensors.shape(A);
        long[] b = tensors.shape(B);
        int rank = config.integer("r");
        if (a.length != 2 || b.length != 2 || a[0] != rank || b[1] != rank || a[1] * rank + b[0] * rank > 1 << 27) {
            throw failure(
                    tensors,
                    A,
                    "is " + Arrays.toString(a) + " and vera_B " + Arrays.toString(b) + ", expected [r, in] and [out, r]"
                            + " with r = " + rank);
        }
        long seed = config.longInteger(SEED);
        Projection.Drawn drawn = new Projection(rank, (int) a[1], (int) b[0], seed).draw();
        requireDrawn(tensors, A, drawn.a(), seed);
        requireDrawn(tensors, B, drawn.b(), seed);
        VeraConfig vera = new VeraConfig(rank, config.number("d_initial", 0.1), (int) a[1], (int) b[0], seed);
        return layer -> read(layer, vera);
    }

    private static void requireDrawn(TensorSource tensors, String name, double[] drawn, long seed) throws IOException {
        try (INDArray stored = tensors.readFinite(name)) {
            double[] found = stored.data().asDouble();
            for (int i = 0; i < drawn.length; i++) {
                if (Math.abs(found[i] - drawn[i]) > TOLERANCE) {
                    throw failure(
                            tensors,
                            name,
                            "has the number " + found[i] + " where projection_prng_key " + seed + " draws " + drawn[i]
                                    + "; expected a projection in 32 bits that PEFT drew from that key");
                }
            }
        }
    }

    private static IOException failure(TensorSource tensors, String name, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + name + "' " + complaint);
    }

    private static LayerArrays read(FileLayer layer, VeraConfig config) throws IOException {
        layer.require(SMALL_D, layer.shape(SMALL_D, 1)[0], config.rank(), "r, the length,");
        int out = layer.shape(SMALL_B, 1)[0];
        List<String> names = VeraConfig.names(layer.name());
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(names.get(0), layer.vector(SMALL_D));
        arrays.put(names.get(1), layer.vector(SMALL_B));
        return LayerArrays.of(layer.name(), config, new AdapterKind.Size(0, out), arrays);
    }
}
