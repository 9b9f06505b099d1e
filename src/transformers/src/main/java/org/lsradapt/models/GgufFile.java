package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.models.internal.gguf.GgufArchitecture;
import org.lsradapt.models.internal.gguf.GgufConfig;
import org.lsradapt.models.internal.gguf.GgufTensors;
import org.lsradapt.models.internal.gguf.GgufTokenizer;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** A model in a GGUF file, in llama.cpp's layout: configuration, tokenizer and weights in one file. */
final class GgufFile {

    private GgufFile() {}

    static PretrainedModel load(String name, Path path) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            Gguf file = opened.add(Gguf.open(path));
            GgufArchitecture architecture = GgufArchitecture.of(file);
            ObjectNode config = GgufConfig.of(file, file.metadata(), architecture);
            JsonFields fields = new JsonFields(file.location(), config);
            Family family = Families.of(fields);
            Transformer model = HuggingFaceFolder.describe(family, fields);
            architecture.requireKnown(file, model);
            requireReadable(file);
            MappedWeights weights = new MappedWeights(
                    new GgufTensors(file, GgufTensors.Form.of(architecture, model)),
                    family,
                    model,
                    tensor -> architecture
                            .place(tensor.fileName())
                            .map(place -> new MappedWeights.Place(place, tensor.linear())));
            weights.check("its metadata");
            PretrainedModel.Texts texts = new PretrainedModel.Texts(
                    tokenizer(file, model),
                    Optional.of(GgufTokenizer.config(file.metadata())),
                    EmbeddingFiles.none(name, model.maxTokens()),
                    Optional.of(generation(file.metadata())),
                    SavedMaskedHead.none(file.location(), family));
            return opened.release(new PretrainedModel(
                    name, new PretrainedModel.Base(family, config, model, weights, file), texts, Optional.empty()));
        }
    }

    private static FastTokenizer tokenizer(Gguf file, Transformer model) throws IOException {
        GgufMetadata metadata = file.metadata();
        FastTokenizer tokenizer = FastTokenizer.of(file.location(), GgufTokenizer.json(metadata), model);
        OptionalInt end = GgufTokenizer.endToken(metadata);
        return end.isPresent() ? tokenizer.endingWith(end.getAsInt()) : tokenizer;
    }

    private static GenerationSettings generation(GgufMetadata metadata) throws IOException {
        Set<Integer> ends = new HashSet<>(GgufTokenizer.furtherEnds(metadata));
        GgufTokenizer.endToken(metadata).ifPresent(ends::add);
        return GenerationSettings.endingAt(ends);
    }

    private static void requireReadable(Gguf file) throws IOException {
        for (String tensor : file.names()) {
            if (file.dataType(tensor) == DataType.UNKNOWN) {
                throw new IOException(file.location() + ": tensor '" + tensor + "' is of type " + file.typeName(tensor)
                        + ", expected one of " + Gguf.readableTypes());
            }
        }
    }
}
