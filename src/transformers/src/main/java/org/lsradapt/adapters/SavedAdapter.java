package org.lsradapt.adapters;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.NearestLora;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The trained adapters and the head of a folder, or either of them, in memory. {@link #requireBase} checks a base model, and
 * {@link #onBase} puts them on it. For one thread at a time. It owns its arrays; the caller that loaded it closes it.
 */
public final class SavedAdapter implements AutoCloseable {

    private final String location;
    private final String config;
    private final AdapterConfigFile file;
    private final List<LayerArrays> layers;
    private final Map<String, INDArray> head;
    private final Training training;

    /** Takes ownership of the arrays; location and config name the adapter and its configuration in messages. */
    SavedAdapter(
            String location,
            String config,
            AdapterConfigFile file,
            List<LayerArrays> layers,
            Map<String, INDArray> head) {
        this(location, config, file, layers, head, Training.of(layers));
    }

    private SavedAdapter(
            String location,
            String config,
            AdapterConfigFile file,
            List<LayerArrays> layers,
            Map<String, INDArray> head,
            Training training) {
        this.location = location;
        this.config = config;
        this.file = file;
        this.layers = List.copyOf(layers);
        this.head = Collections.unmodifiableMap(head);
        this.training = training;
    }

    /**
     * The adapters as they were trained, for model cards.
     *
     * @param configs the distinct configurations; empty if only the head was trained
     * @param parameters the number of trainable parameters; shared parameters count once
     * @param written the form into which they were converted, with its error; empty if they are as they were trained
     */
    public record Training(List<AdapterConfig> configs, long parameters, Optional<String> written) {

        /** Copies the list. */
        public Training {
            configs = List.copyOf(configs);
        }

        private static Training of(List<LayerArrays> layers) {
            long count = 0;
            Set<LayerArrays.Fellows> counted = new HashSet<>();
            for (LayerArrays layer : layers) {
                count += layer.ownParameterCount() + (counted.add(layer.fellows()) ? layer.sharedParameterCount() : 0);
            }
            return new Training(
                    layers.stream().map(LayerArrays::config).distinct().toList(), count, Optional.empty());
        }
    }

    /** The adapters' configurations and size in training, which {@link #with} keeps. */
    public Training training() {
        return training;
    }

    /**
     * Returns the same base model, task and head with these adapters as LoRA, for an export.
     *
     * @param lora this adapter's updates as LoRA; copied
     * @return a new adapter, which the caller closes and which does not depend on this one
     */
    public SavedAdapter with(NearestLora lora) {
        List<LayerArrays> copies = lora.adapters().lsrAdapters().stream()
                .map(adapter -> LayerArrays.of(SavedLayer.of(adapter)).copy())
                .toList();
        Training origin = new Training(training.configs, training.parameters, Optional.of(lora.summary()));
        return new SavedAdapter(location, config, file, copies, LayerArrays.copy(head), origin);
    }

    /** The base model and task; empty if the adapters were saved alone. */
    public Optional<AdapterCard> card() {
        return file.card();
    }

    /** The storage precision of the factors; FP32 if there are none. */
    public Precision storage() {
        return file.storage();
    }

    /** The version of the library that wrote the folder. */
    public String libraryVersion() {
        return file.libraryVersion();
    }

    /**
     * The distinct configurations of LSR adapters; empty if only the head was trained.
     *
     * @throws IllegalStateException if a layer's adapter has another kind; the message names both
     */
    public List<LsrConfig> configs() {
        return layers().stream().map(SavedLayer::config).distinct().toList();
    }

    /** The head's arrays under their Hugging Face names, weights as [in, out]; not copies. Empty without a head. */
    public Optional<Map<String, INDArray>> head() {
        return head.isEmpty() ? Optional.empty() : Optional.of(head);
    }

    /** The full names of the adapted layers, in the order of the saved set; empty if there are none. */
    public List<String> layerNames() {
        return layers.stream().map(LayerArrays::name).toList();
    }

    /**
     * The LSR and LoRA layers, in the order of {@link #layerNames}.
     *
     * @return the layers' sums, on this object's arrays
     * @throws IllegalStateException if a layer's adapter has another kind; the message names both
     */
    public List<SavedLayer> layers() {
        return layers.stream().map(layer -> layer.lsr(location)).toList();
    }

    /**
     * Returns the layers like {@link #layers}, for a format that has LoRA alone.
     *
     * @throws IllegalStateException if a layer's adapter has another kind; the message says how to make it LoRA
     */
    public List<SavedLayer> layersAsLora(String format) {
        try {
            return layers();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    e.getMessage() + ": " + format + " has no form for it; make it LoRA first (NearestLora, or export"
                            + " --as-lora)",
                    e);
        }
    }

    /** The number of the head's trainable parameters; 0 without a head. */
    public long headParameterCount() {
        return head.values().stream().mapToLong(INDArray::length).sum();
    }

    /** The number of the adapters' trainable parameters; shared parameters count once. */
    public long adapterParameterCount() {
        return Training.of(layers).parameters();
    }

    /** Returns the settings of an adapted layer of any kind. */
    public AdapterConfig config(String layer) {
        return layer(layer).config();
    }

    /**
     * Returns the parameters of a layer of any kind.
     *
     * @return the arrays by name, in order; not copies
     * @throws IllegalArgumentException if the layer is not adapted
     */
    public Map<String, INDArray> arrays(String layer) {
        return Collections.unmodifiableMap(layer(layer).arrays());
    }

    private LayerArrays layer(String name) {
        return layers.stream()
                .filter(layer -> layer.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        location + ": layer '" + name + "' is not adapted, those of " + layerNames() + " are"));
    }

    /**
     * Puts the adapters on the caller's layers, found by name. Only names and sizes are compared, not the base model's fingerprint: the
     * caller has to supply the layers on which the adapters were trained.
     *
     * @param model the layers; adapted layers are kept by reference
     * @return a new set in the order of {@link #layerNames}, with the layers' type, which the caller closes; it does not depend on this
     *     object
     * @throws IllegalArgumentException if there are no adapters, or a layer is missing or has another size
     */
    public AdapterSet adapters(List<FrozenLinear> model, Backend backend) {
        Require.argument(!layers.isEmpty(), "%s: has a head alone, expected adapters", location);
        return LayerArrays.adapt(location, layers, model, backend);
    }

    /**
     * Returns adapters for further training, for the same task or another, bit-identical to the saved ones.
     *
     * @param base the base model, whose fingerprint is compared
     * @param read the layers of the base model that the training reads
     * @return a new set, as for {@link #adapters}
     * @throws IllegalArgumentException if there are no adapters, for the reasons of {@link #requireBase(String, String, String)}, or if
     *     an adapted layer is not among those that the training reads; the message names it
     */
    public AdapterSet adaptersToTrain(FrozenModel base, List<FrozenLinear> read, Backend backend) {
        requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
        Set<String> names = read.stream().map(FrozenLinear::name).collect(Collectors.toSet());
        for (String layer : layerNames()) {
            Require.argument(
                    names.contains(layer)
                            || base.linearLayers().stream()
                                    .noneMatch(one -> one.name().equals(layer)),
                    "%s: layer '%s' is adapted, and the training does not read it; expected adapters of layers that it reads",
                    location,
                    layer);
        }
        return adapters(base.linearLayers(), backend);
    }

    /**
     * Puts the head on its base model.
     *
     * @param model the base model's weights; kept by reference
     * @return a head with the saved parameters and the model's type, which the caller closes and which does not depend on this object;
     *     empty if none was saved
     * @throws IllegalArgumentException if the model's head has other parameters
     */
    public Optional<SequenceHead> head(TransformerWeights model) {
        if (head.isEmpty()) {
            return Optional.empty();
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            AdapterCard card = file.card().orElseThrow();
            Family family = Families.named(card.modelType());
            Head part = card.task().head(family, model.model());
            SequenceHead made =
                    opened.add(new SequenceHead(model, part, card.task().outputs(), 0));
            List<String> names = made.parameters().stream().map(Parameter::name).toList();
            Require.argument(
                    names.equals(file.headParameters()),
                    "%s: the head has %s, the model's %s",
                    location,
                    file.headParameters(),
                    names);
            made.parameters().forEach(this::copyTo);
            return Optional.of(opened.release(made));
        }
    }

    /**
     * Checks that a model is the one on which this adapter was trained.
     *
     * @param model the model's name, for messages
     * @throws IllegalArgumentException if the model is another, with both fingerprints in the message; or if the adapters were saved
     *     alone, without a base model
     */
    public AdapterCard requireBase(String model, String fingerprint) {
        return requireBase(model, fingerprint, fingerprint);
    }

    /**
     * Checks that a model is the one on which this adapter was trained. Supports adapters of embeddings and of masked language models
     * too, whose fingerprint leaves out the weights on which they do not depend.
     *
     * @param model the model's name, for messages
     * @param encoderFingerprint the model's fingerprint without those weights
     * @throws IllegalArgumentException as {@link #requireBase(String, String)}
     */
    public AdapterCard requireBase(String model, String fingerprint, String encoderFingerprint) {
        AdapterCard card = card().orElseThrow(() -> new IllegalArgumentException(location
                + ": has adapters alone, without head and base model; expected both, or adapters(layers, backend)"));
        String found = card.task().usesHiddenStates() ? encoderFingerprint : fingerprint;
        Require.argument(
                found.equals(card.baseFingerprint()),
                "%s: the adapter is for base model %s with fingerprint %s, but model %s has fingerprint %s",
                location,
                card.baseModel(),
                card.baseFingerprint(),
                model,
                found);
        return card;
    }

    /**
     * Checks that the base model supports the longest input.
     *
     * @param tokenizer the base model's tokenizer
     * @param positions the longest sequence for which the base model has positions
     * @return the longest input in tokens
     * @throws IllegalArgumentException if the longest input has no room for a token in addition to the special ones, or the model has
     *     fewer positions; the message names the file
     * @throws java.util.NoSuchElementException if the adapters were saved alone
     */
    public int requireLength(Tokenizer tokenizer, int positions) {
        AdapterCard card = file.card().orElseThrow();
        int least = Math.max(2, tokenizer.specialTokens(card.task().pairs()) + 1);
        Require.argument(
                card.maxLength() >= least && card.maxLength() <= positions,
                "%s: max_length is %d, expected %d to %d with the base model",
                config,
                card.maxLength(),
                least,
                positions);
        return card.maxLength();
    }

    /**
     * Puts the adapters and the head on their base model. The caller has checked it by {@link #requireBase(String, String)}.
     *
     * @param weights the base model's weights; kept by reference
     * @return new parts, which the caller closes and which do not depend on this object
     * @throws IllegalArgumentException as {@link #adapters} and {@link #head(TransformerWeights)}
     */
    public AdapterParts onBase(TransformerWeights weights, Backend backend) {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            Optional<AdapterSet> adapters = layers.isEmpty()
                    ? Optional.empty()
                    : Optional.of(opened.add(adapters(weights.linearLayers(), backend)));
            return opened.release(new AdapterParts(adapters, head(weights)));
        }
    }

    private void copyTo(Parameter parameter) {
        INDArray saved = head.get(parameter.name());
        Require.shape(
                location,
                parameter.name(),
                saved,
                "the model's",
                parameter.value().shape());
        parameter.value().assign(saved);
    }

    @Override
    public void close() {
        layers.forEach(layer -> layer.arrays().values().forEach(INDArray::close));
        head.values().forEach(INDArray::close);
    }
}
