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
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.Tokenizer;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trained adapters and their head, or one of both, as a folder has them, in memory: {@link #restore} puts them on their
 * base model; {@link #requireBase}, {@link #adapters} and {@link #head(TransformerWeights)} are its pieces. For one
 * thread at a time. It owns its arrays; whoever loaded it closes it.
 */
public final class SavedAdapter implements AutoCloseable {

    private final String location;
    private final String config;
    private final AdapterConfigFile file;
    private final List<LayerArrays> layers;
    private final Map<String, INDArray> head;

    /** Takes over the arrays; location and config say in messages where the adapter and its configuration are. */
    SavedAdapter(
            String location,
            String config,
            AdapterConfigFile file,
            List<LayerArrays> layers,
            Map<String, INDArray> head) {
        this.location = location;
        this.config = config;
        this.file = file;
        this.layers = List.copyOf(layers);
        this.head = Collections.unmodifiableMap(head);
    }

    /** Base model and task; empty if the adapters were saved alone, without saying for which. */
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
     * The different configurations of LSR adapters; empty if the head alone was trained.
     *
     * @throws IllegalStateException if a layer is adapted by another kind; the message names both
     */
    public List<LsrConfig> configs() {
        return layers().stream().map(SavedLayer::config).distinct().toList();
    }

    /**
     * The head's arrays under their Hugging Face names, weights as [in, out]; the arrays of this object, not copies.
     * Empty without a head.
     */
    public Optional<Map<String, INDArray>> head() {
        return head.isEmpty() ? Optional.empty() : Optional.of(head);
    }

    /** The full names of the adapted layers in the order of the set that was saved; empty if there are none. */
    public List<String> layerNames() {
        return layers.stream().map(LayerArrays::name).toList();
    }

    /**
     * The layers, for what is about LSR and LoRA alone, in the order of {@link #layerNames}.
     *
     * @return their sums, on the arrays of this object
     * @throws IllegalStateException if a layer is adapted by another kind; the message names both
     */
    public List<SavedLayer> layers() {
        return layers.stream().map(layer -> layer.lsr(location)).toList();
    }

    /** How many trainable parameters the head has; 0 without a head. */
    public long headParameterCount() {
        return head.values().stream().mapToLong(INDArray::length).sum();
    }

    /** How many trainable parameters the adapters have; what layers share counts once. */
    public long adapterParameterCount() {
        long count = 0;
        Set<LayerArrays.Fellows> counted = new HashSet<>();
        for (LayerArrays layer : layers) {
            count += layer.ownParameterCount() + (counted.add(layer.fellows()) ? layer.sharedParameterCount() : 0);
        }
        return count;
    }

    /**
     * A layer's settings, of any kind.
     *
     * @param layer one of {@link #layerNames}
     * @throws IllegalArgumentException if it is not adapted
     */
    public AdapterConfig config(String layer) {
        return layer(layer).config();
    }

    /**
     * A layer's parameters, of any kind.
     *
     * @param layer one of {@link #layerNames}
     * @return arrays by their names, in order; the arrays of this object, not copies
     * @throws IllegalArgumentException if it is not adapted
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
     * Puts the adapters on layers of the caller's own, found by name. Whether the layers are those that the adapters
     * were trained on is the caller's to know: only names and sizes are compared, not the base model's fingerprint.
     *
     * @param model the layers; those that are adapted are kept by reference
     * @param backend the arithmetic
     * @return a new set in the order of {@link #layerNames}, of the layers' type, which the caller closes; it does not
     *     need this object any more
     * @throws IllegalArgumentException if there are no adapters, or a layer is missing or has another size
     */
    public AdapterSet adapters(List<FrozenLinear> model, Backend backend) {
        Require.argument(!layers.isEmpty(), "%s: has a head alone, expected adapters", location);
        return LayerArrays.adapt(location, layers, model, backend);
    }

    /**
     * Adapters to train further, for the same task or another: as saved, to the bit.
     *
     * @param base the base model, which is compared by its fingerprint
     * @param read those of its layers that the training reads
     * @param backend the arithmetic
     * @return a new set, as of {@link #adapters}
     * @throws IllegalArgumentException if there are no adapters, as {@link #requireBase(String, String, String)}, or if a
     *     layer is adapted that the training does not read; the message names it
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
     * The head on its base model.
     *
     * @param model the base model's weights; kept by reference
     * @return a head with the saved parameters, of the model's type, which the caller closes and which does not need
     *     this object any more; empty if none was saved
     * @throws IllegalArgumentException if the model's head has other parameters
     */
    public Optional<SequenceHead> head(TransformerWeights model) {
        if (head.isEmpty()) {
            return Optional.empty();
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            AdapterCard card = file.card().orElseThrow();
            Family family = Families.named(card.modelType());
            Head part = card.task().isTokens()
                    ? family.tokenHead(model.model())
                    : card.task().isSpans()
                            ? family.answerHead(model.model())
                            : model.model().head();
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
     * Checks that a model is the one that this was trained on.
     *
     * @param model the model's name, for messages
     * @param fingerprint the model's fingerprint, as in {@link #restore}
     * @return base model and task
     * @throws IllegalArgumentException if it is another, with both fingerprints in the message; or if the adapters were
     *     saved alone, which does not tell
     */
    public AdapterCard requireBase(String model, String fingerprint) {
        return requireBase(model, fingerprint, fingerprint);
    }

    /**
     * As the other, for adapters of embeddings and of masked language models, too, whose fingerprint is that of a model without the weights that these do
     * not depend on.
     *
     * @param model the model's name, for messages
     * @param fingerprint the model's fingerprint
     * @param encoderFingerprint that without those weights
     * @return base model and task
     * @throws IllegalArgumentException as the other
     */
    public AdapterCard requireBase(String model, String fingerprint, String encoderFingerprint) {
        AdapterCard card = card().orElseThrow(() -> new IllegalArgumentException(location
                + ": has adapters alone, without head and base model; expected both, or adapters(layers, backend) in"
                + " place of restore"));
        String found = card.task().isOfHiddenStates() ? encoderFingerprint : fingerprint;
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
     * Checks that the longest input can be one of the base model's.
     *
     * @param tokenizer the base model's
     * @param positions the longest sequence that the base model has positions for
     * @return the longest input in tokens
     * @throws IllegalArgumentException if it has no room for a token beside the special ones, or the model has fewer
     *     positions; the message names the file
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
     * Puts adapters and head on their base model, to predict classes, values, or, without a head, next tokens or
     * embeddings.
     *
     * @param weights the base model's weights; kept by reference
     * @param model the base model's name, for messages
     * @param fingerprint the base model's fingerprint; for an adapter of embeddings {@code encoderFingerprint()} of
     *     the base model, which leaves out the weights that those do not depend on
     * @param backend the arithmetic
     * @return a model with the saved parameters, which the caller closes; it does not need this object any more
     * @throws IllegalArgumentException as {@link #requireBase}, {@link #adapters} and {@link #head(TransformerWeights)}, or if it predicts
     *     hidden tokens
     */
    public RestoredModel restore(TransformerWeights weights, String model, String fingerprint, Backend backend) {
        AdapterCard card = requireBase(model, fingerprint);
        Require.argument(
                !card.task().isMasked(),
                "%s: predicts hidden tokens by the base model's own head, expected MaskedLanguageModel.load, or a training of another"
                        + " task that starts from it",
                location);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            Optional<AdapterSet> adapters = layers.isEmpty()
                    ? Optional.empty()
                    : Optional.of(opened.add(adapters(weights.linearLayers(), backend)));
            Optional<SequenceHead> onBase = head(weights);
            onBase.ifPresent(opened::add);
            return opened.release(new RestoredModel(weights, adapters, onBase, card, backend));
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
