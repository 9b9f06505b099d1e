package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.weights.Fingerprint;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model's fingerprint, and the texts that it is made of between the weights' numbers.
 *
 * @param fingerprint as {@link PretrainedModel#fingerprint} has it
 * @param texts of the configuration, then of each weight
 */
public record FingerprintParts(String fingerprint, List<String> texts) {

    /** Of a folder with {@code config.json} and {@code model.safetensors}; it needs no tokenizer. */
    public static FingerprintParts of(Path folder) throws IOException {
        JsonFields config =
                new JsonFields(folder.toString(), JsonFile.readObject(folder.resolve(HuggingFaceFolder.CONFIG)));
        Family family = Families.of(config);
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder)) {
            Transformer model = HuggingFaceFolder.describe(family, config);
            MappedWeights weights =
                    new MappedWeights(tensors, family, model, HuggingFaceFolder.layout(tensors, family));
            List<String> texts = new ArrayList<>(List.of(family.signature(config)));
            for (String name : weights.names()) {
                if (weights.has(name)) {
                    try (INDArray array = weights.read(name)) {
                        texts.add(name + " " + Arrays.toString(array.shape()));
                    }
                }
            }
            return new FingerprintParts(
                    Fingerprint.of(family, config, model, weights).finish(), texts);
        }
    }
}
