package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufWriter;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.internal.gguf.GgufLlama;
import org.lsradapt.models.internal.gguf.GgufLlamaTensors;
import org.lsradapt.transformer.parts.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes a merged language model as a GGUF file. */
final class MergedGguf {

    /** {@code general.file_type} of a file whose matrices have a format: llama.cpp's {@code llama_ftype}. */
    private static final Map<WeightFormat, Integer> FILE_TYPES = new EnumMap<>(
            Map.of(WeightFormat.F32, 0, WeightFormat.F16, 1, WeightFormat.Q8_0, 7, WeightFormat.BF16, 32));

    private MergedGguf() {}

    static void write(MergedModel model, Path file, WeightFormat format) throws IOException {
        Integer type = FILE_TYPES.get(format);
        Require.argument(type != null, "merged model: %s as GGUF, expected one of %s", format, FILE_TYPES.keySet());
        Gguf base = model.base()
                .gguf()
                .orElseThrow(() -> new IllegalArgumentException("merged model: model "
                        + model.base().name()
                        + " was not loaded from a GGUF file, whose metadata and tokenizer a merged one has"));
        GgufLlamaTensors.Order order = GgufLlamaTensors.Order.of(model.base().model());
        Map<String, String> names = new LinkedHashMap<>();
        for (Tensor tensor : model.base().model().tensors().values()) {
            GgufLlama.place(tensor.name())
                    .filter(base::has)
                    .ifPresent(place -> names.put(place, model.base().family().path(tensor.name())));
        }
        TensorSource merged = new MergedTensors(model, DataType.FLOAT);
        GgufWriter writer = new GgufWriter()
                .metadataOf(base)
                .integer("general.file_type", type)
                .integer("general.quantization_version", 2);
        for (String name : base.names()) {
            Optional<String> own = Optional.ofNullable(names.get(name));
            long[] shape = own.isPresent() ? merged.shape(own.get()) : base.shape(name);
            writer.tensor(name, stored(format, shape), shape);
        }
        writer.write(file, name -> {
            String own = names.get(name);
            if (own == null) {
                return base.read(name);
            }
            INDArray weight = merged.read(own);
            return order.toFile(name, weight);
        });
    }

    private static WeightFormat stored(WeightFormat format, long[] shape) {
        if (shape.length < 2) {
            return WeightFormat.F32;
        }
        return shape[shape.length - 1] % format.blockLength() == 0 ? format : WeightFormat.F16;
    }
}
