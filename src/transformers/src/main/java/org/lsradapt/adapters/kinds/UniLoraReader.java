package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.Set;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/** PEFT's Uni-LoRA, in {@code peft/tuners/unilora} of version 0.21.2, whose places the file has with {@code save_indices}. */
final class UniLoraReader {
    private static final String THETA = "base_model.unilora_theta_d";
    private static final String SAVED = "save_indices";
    private static final String PLACES = "unilora_indices_";
    private static final String SCALES = "unilora_scales_";

    static final PeftReader READER = PeftReader.of(
            "UNILORA",
            FileLayout.of("UNILORA", "", PLACES + "A", PLACES + "B", SCALES + "A", SCALES + "B")
                    .beside(THETA::equals),
            Set.of(
                    "proj_seed",
                    "theta_d_length",
                    "unilora_dropout",
                    "bias",
                    "init_theta_d_bound",
                    "init_weights",
                    SAVED),
            UniLoraReader::check,
            UniLoraReader::open);

    private UniLoraReader() {}

    private static void check(JsonFields config) throws IOException {
        config.requireOff("rank_pattern", "which Uni-LoRA does not have");
        if (!config.flag(SAVED, false)) {
            throw config.failure(
                    SAVED, "found false; the places of the vector's numbers are not in the file then, expected true");
        }
    }

    private static PeftReader.Reading open(TensorSource tensors, JsonFields config) throws IOException {
        int length = config.integer("theta_d_length");
        if (!tensors.has(THETA)) {
            throw new IOException(tensors.location() + ": there is no tensor '" + THETA + "', expected the vector");
        }
        try (INDArray stored = tensors.readFinite(THETA)) {
            double[] theta = stored.data().asDouble();
            if (theta.length != length) {
                throw new IOException(tensors.location() + ": tensor '" + THETA + "' has " + theta.length
                        + " numbers, expected " + length + " as theta_d_length says");
            }
            int rank = config.integer("r");
            return layer -> read(layer, rank, theta);
        }
    }

    private static LayerArrays read(FileLayer layer, int rank, double[] theta) throws IOException {
        layer.require(PLACES + "A", layer.shape(PLACES + "A", 2)[0], rank, "r, the rows,");
        layer.require(PLACES + "B", layer.shape(PLACES + "B", 2)[1], rank, "r, the columns,");
        return LayerArrays.of(new SavedLayer(
                layer.name(), LsrConfig.lora(rank, rank), factor("A", layer, theta), factor("B", layer, theta)));
    }

    /** Reads a matrix [rows, cols] as a factor [1, cols, rows]. */
    private static KroneckerSum factor(String side, FileLayer layer, double[] theta) throws IOException {
        int[] shape = layer.shape(PLACES + side, 2);
        int[] ofScales = layer.shape(SCALES + side, 2);
        layer.require(SCALES + side, ofScales[0], shape[0], "the rows, as of the indices,");
        layer.require(SCALES + side, ofScales[1], shape[1], "the columns, as of the indices,");
        int[] places = layer.indices(PLACES + side, theta.length);
        double[] scales = layer.matrix(SCALES + side).data().asDouble();
        double[] factor = new double[places.length];
        for (int i = 0; i < places.length; i++) {
            factor[i % shape[1] * shape[0] + i / shape[1]] = theta[places[i]] * scales[i];
        }
        return KroneckerSum.of(layer.array(factor, 1, shape[1], shape[0]));
    }
}
