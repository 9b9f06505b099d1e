package org.lsradapt.models;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Fused;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A folder of golden/families: a small model of transformers, a LoRA adapter of PEFT, and what they compute. */
public final class GoldenCase {
    private static final String PEFT = "base_model.model.";

    final String name;
    public final Path folder;
    public final Family family;
    public final Transformer model;
    private final Map<String, INDArray> expected = new TreeMap<>();
    private final Map<String, INDArray> adapter = new TreeMap<>();

    public GoldenCase(String name) throws IOException {
        this(name, "config.json");
    }

    GoldenCase(String name, String config) throws IOException {
        this.name = name;
        try {
            folder = Path.of(
                    GoldenCase.class.getResource("/golden/families/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        JsonFields fields = new JsonFields(config, JsonFile.readObject(folder.resolve(config)));
        family = Families.of(fields);
        model = HuggingFaceFolder.describe(family, fields);
        read(folder.resolve("expected.safetensors"), expected);
        read(folder.resolve("adapter/adapter_model.safetensors"), adapter);
    }

    private static void read(Path file, Map<String, INDArray> into) throws IOException {
        try (SafeTensors tensors = SafeTensors.open(file)) {
            for (String tensor : tensors.names()) {
                into.put(tensor, tensors.read(tensor).castTo(DataType.DOUBLE));
            }
        }
    }

    public TransformerWeights weights(Transformer part, DataType type) throws IOException {
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder)) {
            MappedWeights weights = new MappedWeights(tensors, family, part, HuggingFaceFolder.layout(tensors, family));
            weights.check("config.json");
            return new TransformerWeights(part, weights, type);
        }
    }

    boolean has(String tensor) {
        return expected.containsKey(tensor);
    }

    public INDArray expected(String tensor) {
        return expected.get(tensor);
    }

    public double number(String tensor) {
        return expected.get(tensor).getDouble(0);
    }

    private int[] integers(String tensor) {
        return expected.get(tensor).castTo(DataType.INT32).toIntVector();
    }

    /** The classes or values of the inputs; class 0 where the file has none. */
    public List<Target> targets() {
        if (!expected.containsKey("labels")) {
            return Collections.nCopies(sequences(false).size(), new Target.Category(0));
        }
        return name.endsWith("-regression")
                ? Target.values(expected.get("labels").toDoubleVector())
                : Target.categories(integers("labels"));
    }

    /** The inputs, texts or images. */
    public List<? extends ModelInput> inputs() {
        return has("pixel_values") ? images() : sequences(false);
    }

    private List<ImageInput> images() {
        INDArray pixels = expected("pixel_values");
        List<ImageInput> images = new ArrayList<>();
        for (int i = 0; i < pixels.size(0); i++) {
            float[] numbers = pixels.slice(i)
                    .dup('c')
                    .castTo(DataType.FLOAT)
                    .reshape(pixels.slice(i).length())
                    .toFloatVector();
            images.add(new ImageInput(
                    name + i,
                    (int) pixels.size(2),
                    (int) pixels.size(3),
                    model.patches().orElseThrow(),
                    () -> numbers));
        }
        return images;
    }

    /** The inputs, whole or for next-token training on completions alone. */
    public List<TokenSequence> sequences(boolean completions) {
        int[] offsets = integers("offsets");
        int[] ids = integers("input_ids");
        int[] types = has("token_type_ids") ? integers("token_type_ids") : new int[ids.length];
        int[] given = completions ? integers("prompt_lengths") : null;
        List<TokenSequence> sequences = new ArrayList<>();
        for (int b = 0; b + 1 < offsets.length; b++) {
            int[] own = Arrays.copyOfRange(ids, offsets[b], offsets[b + 1]);
            int[] ownTypes = Arrays.copyOfRange(types, offsets[b], offsets[b + 1]);
            sequences.add(new TokenSequence(own, ownTypes, given == null ? 1 : given[b]));
        }
        return sequences;
    }

    /** The inputs with the labels of their tokens. */
    List<TokenSequence> labelledTokens() {
        int[] labels = integers("labels");
        int[] offsets = integers("offsets");
        List<TokenSequence> sequences = new ArrayList<>();
        for (TokenSequence sequence : sequences(false)) {
            int from = offsets[sequences.size()];
            int[] own = Arrays.stream(labels, from, from + sequence.length())
                    .map(label -> label < 0 ? TokenSequence.UNLABELLED : label)
                    .toArray();
            sequences.add(new TokenSequence(sequence.ids(), sequence.typeIds(), 1, own));
        }
        return sequences;
    }

    /** A head with the base model's numbers, or the adapter's own. */
    SequenceHead head(TransformerWeights weights, boolean ofAdapter) throws IOException {
        int outputs = (int) expected("logits").size(1);
        Head part = name.endsWith("-tokens")
                ? family.tokenHead(model)
                : name.endsWith("-spans") ? family.answerHead(model) : model.head();
        SequenceHead head = new SequenceHead(weights, part, outputs, 7);
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder)) {
            for (Parameter parameter : head.parameters()) {
                INDArray stored = Optional.ofNullable(ofAdapter ? adapter.get(PEFT + parameter.name()) : null)
                        .orElse(tensors.read(parameter.name()));
                INDArray value = stored.rank() == 2 ? stored.transpose().dup('c') : stored;
                parameter.value().assign(value.castTo(weights.dataType()));
            }
        }
        return head;
    }

    /** The adapter, as LoRA of this library. */
    AdapterSet adapters(TransformerWeights weights, Backend backend) {
        List<FrozenLinear> layers = weights.linearLayers().stream()
                .filter(layer -> adapter.containsKey(key(fileName(layer.name()), "A")))
                .toList();
        AdapterSet set = AdapterSet.create(layers, LsrConfig.lora(4, 6), backend);
        for (LsrAdapter one : set.lsrAdapters()) {
            put(adapter.get(key(fileName(one.name()), "A")), one.a().factors().get(0));
            INDArray outputs = adapter.get(key(fileName(one.name()), "B"));
            long from = part(one.name()).map(Fused::from).orElse(0);
            put(
                    Views.rows(outputs, from, from + one.layer().outFeatures()),
                    one.b().factors().get(0));
        }
        long tensors =
                adapter.keySet().stream().filter(name -> name.contains("lora_")).count();
        long inFiles =
                layers.stream().map(layer -> fileName(layer.name())).distinct().count();
        if (tensors != 2L * inFiles) {
            throw new IllegalStateException(name + ": " + tensors + " tensors and " + layers.size() + " layers");
        }
        return set;
    }

    /** The layers that the files have as one, by its name. */
    Map<String, List<String>> fused() {
        Map<String, List<String>> fused = new TreeMap<>();
        for (Linear linear : family.fuses() ? model.encoderLinears() : List.<Linear>of()) {
            linear.fused()
                    .ifPresent(whole -> fused.computeIfAbsent(whole.layer(), name -> new ArrayList<>())
                            .add(linear.name()));
        }
        return fused;
    }

    private Optional<Fused> part(String layer) {
        return model.encoderLinears().stream()
                .filter(linear -> family.fuses())
                .filter(linear -> linear.name().equals(layer))
                .flatMap(linear -> linear.fused().stream())
                .findFirst();
    }

    private String fileName(String layer) {
        return part(layer).map(Fused::layer).orElse(layer);
    }

    private static void put(INDArray stored, INDArray factor) {
        factor.assign(stored.transpose().dup('c').castTo(factor.dataType()).reshape(factor.shape()));
    }

    private String key(String layer, String side) {
        return PEFT + family.path(family.module(layer)) + ".lora_" + side + ".weight";
    }

    /** The gradient that PEFT has for an adapter's A or B, as [rows, columns] of this library. */
    INDArray gradient(String layer, String side) {
        return expected("grad." + key(layer, side)).transpose().dup('c');
    }

    /** The gradient that PEFT has for a head's parameter, in this library's orientation. */
    INDArray gradient(Parameter parameter) {
        INDArray stored = expected("grad." + PEFT + parameter.name());
        return stored.rank() == 2 ? stored.transpose().dup('c') : stored;
    }

    @Override
    public String toString() {
        return name;
    }
}
