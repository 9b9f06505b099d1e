package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.families.Families;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufWriter;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.internal.gguf.GgufArchitecture;
import org.lsradapt.models.internal.gguf.GgufConfig;
import org.lsradapt.models.internal.gguf.GgufDescription;
import org.lsradapt.models.internal.gguf.GgufTensors;
import org.lsradapt.models.internal.gguf.GgufVocabulary;
import org.lsradapt.models.internal.gguf.SameModel;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tensors of a merged language model with the names and form of a GGUF file, and the writer of that file. Its
 * metadata come from the base model's GGUF file or from the base model's folder.
 */
final class MergedGguf implements TensorSource {

    /** {@code general.file_type} by the format of the matrices: llama.cpp's {@code llama_ftype}. */
    private static final Map<WeightFormat, Integer> FILE_TYPES = new EnumMap<>(
            Map.of(WeightFormat.F32, 0, WeightFormat.F16, 1, WeightFormat.Q8_0, 7, WeightFormat.BF16, 32));

    private final GgufArchitecture architecture;
    private final PretrainedModel base;
    private final MergedTensors merged;
    private final GgufTensors.Form form;
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Map<String, float[]> factors = new LinkedHashMap<>();

    private MergedGguf(MergedModel model) {
        base = model.base();
        architecture = GgufArchitecture.of(base.family().modelType());
        merged = new MergedTensors(model, DataType.FLOAT);
        form = GgufTensors.Form.of(architecture, base.model());
        for (Tensor tensor : base.model().tensors().values()) {
            String path = base.family().path(tensor.fileName());
            if (merged.has(path)) {
                String place = architecture
                        .place(tensor.fileName())
                        .orElseThrow(() -> new IllegalArgumentException("merged model: weight '" + tensor.fileName()
                                + "' has no place in a GGUF file of architecture " + architecture.label()));
                names.put(place, path);
            }
        }
    }

    /**
     * Copies the matrices that adapters did not change from the base model's file, in their types, and writes the others in F32, so that no
     * number is rounded but by FLOAT.
     */
    static void writeLikeBase(MergedModel model, Path file) throws IOException {
        Gguf whole = model.base()
                .gguf()
                .orElseThrow(() -> new IllegalArgumentException("merged model: the base model "
                        + model.base().name() + " is not a GGUF file, whose types the result could have"));
        MergedGguf tensors = new MergedGguf(model);
        GgufWriter writer = new GgufWriter();
        tensors.describeLike(whole, writer);
        for (String name : tensors.names()) {
            Optional<StoredMatrix> stored = tensors.isChanged(name) ? Optional.empty() : whole.stored(name);
            if (stored.isPresent()) {
                writer.copied(name, stored.get());
            } else {
                writer.tensor(name, WeightFormat.F32, tensors.shape(name));
            }
        }
        writer.write(file, tensors::read);
    }

    private boolean isChanged(String name) {
        return !factors.containsKey(name) && merged.isChanged(names.get(name));
    }

    private void describeLike(Gguf whole, GgufWriter writer) throws IOException {
        writer.metadataOf(whole);
        for (String factor : GgufArchitecture.factors()) {
            if (whole.has(factor)) {
                addFactors(whole, factor);
            }
        }
    }

    static void write(MergedModel model, Path file, WeightFormat format) throws IOException {
        Integer type = FILE_TYPES.get(format);
        Require.argument(type != null, "merged model: %s as GGUF, expected one of %s", format, FILE_TYPES.keySet());
        MergedGguf tensors = new MergedGguf(model);
        GgufWriter writer = new GgufWriter();
        Optional<Gguf> whole = model.base().gguf();
        if (whole.isPresent()) {
            tensors.describeLike(whole.get(), writer);
        } else {
            tensors.describe(writer);
        }
        writer.integer("general.file_type", type).integer("general.quantization_version", 2);
        for (String name : tensors.names()) {
            long[] shape = tensors.shape(name);
            writer.tensor(name, stored(format, shape), shape);
        }
        writer.write(file, tensors::read);
    }

    private void addFactors(Gguf file, String name) throws IOException {
        try (INDArray array = file.read(name)) {
            factors.put(name, array.toFloatVector());
        }
    }

    /** Adds the base model's metadata and checks that the file will be read as this model. */
    private void describe(GgufWriter writer) throws IOException {
        JsonFields config = new JsonFields(base.name(), base.config());
        factors.putAll(GgufDescription.add(architecture, base.model(), config, writer));
        Path folder = Path.of(base.name()).getFileName();
        writer.text("general.type", "model").text("general.name", folder == null ? "model" : folder.toString());
        ObjectNode said = GgufConfig.of(this, writer.metadata(location()), architecture);
        JsonFields fields = new JsonFields(location(), said);
        Transformer read = HuggingFaceFolder.describe(Families.of(fields), fields);
        Optional<String> difference = SameModel.difference(base.model(), read, architecture.hasWindows());
        Require.argument(
                difference.isEmpty(),
                "merged model: a GGUF file of architecture %s cannot say what %s is: %s",
                architecture.label(),
                base.name(),
                difference.orElse(""));
        GgufVocabulary.add(
                base.name(),
                base.tokenizerJson(),
                new GgufVocabulary.Settings(
                        base.model().vocabulary(), base.tokenizer().endToken(), base.tokenizerConfig(), base.config()),
                writer);
    }

    private static WeightFormat stored(WeightFormat format, long[] shape) {
        if (shape.length < 2) {
            return WeightFormat.F32;
        }
        return shape[shape.length - 1] % format.blockLength() == 0 ? format : WeightFormat.F16;
    }

    @Override
    public String location() {
        return "merged " + base.name();
    }

    @Override
    public Set<String> names() {
        Set<String> all = new LinkedHashSet<>(names.keySet());
        all.addAll(factors.keySet());
        return all;
    }

    @Override
    public long[] shape(String name) {
        float[] numbers = factors.get(name);
        return numbers == null ? merged.shape(names.get(name)) : new long[] {numbers.length};
    }

    @Override
    public DataType dataType(String name) {
        return DataType.FLOAT;
    }

    @Override
    public INDArray read(String name) throws IOException {
        float[] numbers = factors.get(name);
        return numbers == null ? form.toFile(name, merged.read(names.get(name))) : Nd4j.createFromArray(numbers);
    }

    @Override
    public void close() {
        // The caller closes the model's parts.
    }
}
