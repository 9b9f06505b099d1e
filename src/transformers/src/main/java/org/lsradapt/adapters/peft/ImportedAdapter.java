package org.lsradapt.adapters.peft;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.lsradapt.adapters.AdapterKinds;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.lsradapt.families.Family;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter from another library's file, in memory. {@link #adapters} puts it on its base model, for use, for further training, or for
 * saving as a folder of this library. Closing frees the native memory.
 */
public final class ImportedAdapter implements AutoCloseable {

    private final String location;
    private final Origin origin;
    private final TensorNames names;
    private final List<LayerArrays> layers;
    private final Map<String, INDArray> head;
    private final List<INDArray> owned;

    /**
     * The file's description of the adapter's model.
     *
     * @param baseModel the file's name of the base model
     * @param task the task type; empty if the file decides nothing
     */
    record Origin(Optional<String> baseModel, Optional<PeftTask> task, Optional<LayerSelector> targets) {}

    /** Takes ownership of the arrays. */
    ImportedAdapter(
            String location,
            Origin origin,
            TensorNames names,
            List<LayerArrays> layers,
            Map<String, INDArray> head,
            List<INDArray> owned) {
        this.location = location;
        this.origin = origin;
        this.names = names;
        this.layers = List.copyOf(layers);
        this.head = Map.copyOf(head);
        this.owned = owned;
    }

    /** The base model's name in the file; empty if it has none. */
    public Optional<String> baseModel() {
        return origin.baseModel();
    }

    /**
     * PEFT's task type in the file, such as {@code CAUSAL_LM}. Empty if it has none, or if a base model by itself has a head, so that the
     * type does not decide the task.
     */
    public Optional<String> taskType() {
        return origin.task().map(PeftTask::name);
    }

    /**
     * The adapted layers in file order, under this library's names, FLOAT or DOUBLE as in the file. Empty for HiRA, VeRA and FourierFT;
     * {@link #adapters} puts those on their model.
     */
    public List<SavedLayer> layers() {
        return layers.stream()
                .filter(ImportedAdapter::isLsr)
                .map(layer -> layer.lsr(location))
                .toList();
    }

    /** The number of the head's outputs; 0 if the file has no head. */
    public int headOutputs() {
        String last = null;
        for (String name : names.head().keySet()) {
            last = name;
        }
        INDArray array = last == null ? null : head.get(last);
        return array == null ? 0 : (int) array.size(array.rank() - 1);
    }

    /**
     * Puts the adapters on their base model.
     *
     * @param family the base model's family
     * @param weights the base model's weights; kept by reference
     * @return a set with the model's type and the file's parameters, which the caller closes; it does not depend on this object
     * @throws IllegalArgumentException if the file is for another family of models; if the model lacks a layer, has it in another size,
     *     or has a layer that target_modules names and the file lacks; or if products of factors exceed FLOAT's range
     */
    public AdapterSet adapters(Family family, TransformerWeights weights, Backend backend) {
        names.family()
                .ifPresent(named -> Require.argument(
                        named.prefix().equals(family.prefix()),
                        "%s: adapts layers of '%s', the model's begin with '%s'",
                        location,
                        named.prefix(),
                        family.prefix()));
        weights.model()
                .embeddings()
                .projection()
                .ifPresent(linear -> Require.argument(
                        !names.layers().containsKey(linear.name()),
                        "%s: adapts '%s', the projection of the embeddings, which cannot be represented here; leave it out"
                                + " of target_modules (all-linear has it)",
                        location,
                        linear.name()));
        FusedLayers fused = FusedLayers.modules(family, weights.model());
        return adapt(
                family.fuses() ? split(fused, family) : layers,
                weights.linearLayers(),
                layer -> names.path(fused.fileName(layer)),
                backend);
    }

    private List<LayerArrays> split(FusedLayers fused, Family family) {
        Require.argument(
                layers.stream().allMatch(ImportedAdapter::isLsr),
                "%s: files of a model of type %s have several of its layers as one, of which this kind has one update;"
                        + " expected LoRA",
                location,
                family.modelType());
        return fused.split(location, layers()).stream().map(LayerArrays::of).toList();
    }

    private static boolean isLsr(LayerArrays layer) {
        return layer.config().kind().equals(LsrConfig.KIND);
    }

    /**
     * Puts the adapters on a model whose layers have the paths of the file, such as one of two towers.
     *
     * @param model the model's layers; adapted layers are kept by reference
     * @return a set with the model's type and the file's parameters, which the caller closes; it does not depend on this object
     * @throws IllegalArgumentException if the file has a head, or if the model lacks a layer, has it in another size, or has a layer that
     *     target_modules names and the file lacks
     */
    public AdapterSet adapters(List<FrozenLinear> model, Backend backend) {
        Require.argument(
                head.isEmpty(),
                "%s: has a head, %s, expected adapters alone",
                location,
                names.head().keySet());
        return adapt(
                layers.stream()
                        .map(layer -> layer.named(names.path(layer.name())))
                        .toList(),
                model,
                name -> name,
                backend);
    }

    private AdapterSet adapt(
            List<LayerArrays> found, List<FrozenLinear> model, UnaryOperator<String> path, Backend backend) {
        requireTargets(model, found.stream().map(LayerArrays::name).toList(), path);
        AdapterKinds kinds = new AdapterKinds();
        found.forEach(layer -> layer.flaw(kinds).ifPresent(complaint -> {
            throw new IllegalArgumentException(location + ": layer '" + layer.name() + "': " + complaint);
        }));
        return LayerArrays.adapt(location, found, model, backend);
    }

    /** Checks that the file has all layers that target_modules names. */
    private void requireTargets(List<FrozenLinear> model, List<String> found, UnaryOperator<String> path) {
        if (origin.targets().isEmpty()) {
            return;
        }
        for (FrozenLinear layer : model) {
            Require.argument(
                    !isTarget(path.apply(layer.name())) || found.contains(layer.name()),
                    "%s: has no adapter for the model's layer '%s', which target_modules names: %s",
                    location,
                    layer.name(),
                    origin.targets().get());
        }
    }

    private boolean isTarget(String path) {
        try {
            return origin.targets().orElseThrow().matches(path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(location + ": " + e.getMessage(), e);
        }
    }

    /**
     * Puts the head on its base model.
     *
     * @param weights the base model's weights, whose pooler is kept by reference
     * @return a head with the file's parameters, which the caller closes
     * @throws IllegalArgumentException if the file has no head, or its head does not fit the model
     */
    public SequenceHead head(TransformerWeights weights) {
        return head(weights, Map.of());
    }

    /**
     * Puts the head on its base model, whose files have layers before the outputs, which PEFT does not save.
     *
     * @param weights the base model's weights, whose pooler is kept by reference
     * @param base the parameters in the base model's files, as its {@code headParameters} returns them; copied where the adapter's file
     *     has none
     * @return a head with the parameters of both, which the caller closes
     * @throws IllegalArgumentException if the file has no head, or its head does not fit the model
     */
    public SequenceHead head(TransformerWeights weights, Map<String, INDArray> base) {
        Require.argument(!head.isEmpty(), "%s: has no head, expected one in the file", location);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            Head part = origin.task()
                    .flatMap(PeftTask::ofTokens)
                    .map(head -> head.apply(ofTokens(), weights.model()))
                    .orElseGet(() -> weights.model().head());
            SequenceHead made = opened.add(new SequenceHead(weights, part, headOutputs(), 0));
            Map<String, INDArray> whole = new HashMap<>(base);
            whole.keySet().removeIf(name -> name.startsWith(part.output() + "."));
            whole.putAll(head);
            requireFitting(made, part, whole.keySet());
            made.parameters().forEach(parameter -> {
                INDArray array = whole.get(parameter.name());
                Require.shape(
                        location,
                        parameter.name(),
                        array,
                        "the model's",
                        parameter.value().shape());
                parameter.value().assign(array);
            });
            return opened.release(made);
        }
    }

    /** The family, which determines how a head reads each token. */
    private Family ofTokens() {
        return names.family()
                .orElseThrow(() -> new IllegalArgumentException(location
                        + ": has a head for tokens and adapts a base model by itself, expected a classifier's layers"));
    }

    private void requireFitting(SequenceHead made, Head part, Set<String> found) {
        String dense = part.dense().map(layer -> layer.linear().name()).orElse("");
        Require.argument(
                dense.isEmpty() || made.hasDenseLayer(),
                "%s: the head belongs behind a pooler, and the model has none; expected a base model with %s",
                location,
                dense);
        Set<String> missing = new LinkedHashSet<>(
                made.parameters().stream().map(Parameter::name).toList());
        missing.removeAll(found);
        Set<String> surplus = new LinkedHashSet<>(names.head().keySet());
        made.parameters().forEach(parameter -> surplus.remove(parameter.name()));
        String module = module(dense);
        String output = module(part.output());
        Require.argument(
                missing.isEmpty() || module.equals(output) || !head.containsKey(part.output() + ".weight"),
                "%s: the head has no %s, and neither has the base model: PEFT saves the %s alone, and the random layer"
                        + " that it was trained behind is lost. Expected the base model saved with that layer, or an"
                        + " adapter trained with modules_to_save=[\"%s\", \"%s\"]",
                location,
                dense,
                output,
                module,
                output);
        Require.argument(missing.isEmpty(), "%s: the head has no %s", location, missing);
        Require.argument(
                surplus.isEmpty(),
                "%s: the head has %s, which the base model has too and which is not trained then; expected a base model"
                        + " without it",
                location,
                surplus);
    }

    private static String module(String layer) {
        return layer.split("\\.", 2)[0];
    }

    @Override
    public void close() {
        owned.forEach(INDArray::close);
    }
}
