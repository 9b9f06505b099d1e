package org.lsradapt.adapters.peft;

import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter out of another library's file, in memory. {@link #adapters} puts it on its base model, to use, to train
 * further, or to save as a folder of this library. Closing frees the native memory.
 */
public final class ImportedAdapter implements AutoCloseable {

    private static final String POOLER = "pooler.dense";

    private final String location;
    private final String baseModel;
    private final String prefix;
    private final LayerSelector targets;
    private final List<SavedLayer> layers;
    private final Map<String, INDArray> head;
    private final List<INDArray> owned;

    ImportedAdapter(
            String location,
            String baseModel,
            String prefix,
            LayerSelector targets,
            List<SavedLayer> layers,
            Map<String, INDArray> head,
            List<INDArray> owned) {
        this.location = location;
        this.baseModel = baseModel;
        this.prefix = prefix;
        this.targets = targets;
        this.layers = List.copyOf(layers);
        this.head = Map.copyOf(head);
        this.owned = owned;
    }

    /** What the file calls the base model, or null if it does not say. */
    public String baseModel() {
        return baseModel;
    }

    /** The adapted layers in the order of the file, under this library's names; FLOAT or DOUBLE as the file. */
    public List<SavedLayer> layers() {
        return layers;
    }

    /** How many outputs the head has; 0 if the file has no head. */
    public int headOutputs() {
        return head.entrySet().stream()
                .filter(entry -> entry.getKey().equals("classifier.bias")
                        || entry.getKey().equals("classifier.out_proj.bias"))
                .mapToInt(entry -> (int) entry.getValue().length())
                .findAny()
                .orElse(0);
    }

    /**
     * The adapters on their base model.
     *
     * @param encoder the base model's weights; kept by reference
     * @param backend the arithmetic
     * @return a set of the encoder's type with the file's numbers, which the caller closes; it does not need this object
     * @throws IllegalArgumentException if the file is for another family of models, the model lacks a layer or has it in
     *     another size, or has a layer that target_modules names and the file lacks
     */
    public AdapterSet adapters(TransformerWeights encoder, Backend backend) {
        boolean roberta = encoder.model().head().output().equals("classifier.out_proj");
        String path = ModelPath.of(roberta ? ModelPath.Family.ROBERTA : ModelPath.Family.BERT);
        Require.argument(
                prefix.isEmpty() || prefix.equals(path),
                "%s: adapts layers of '%s', the model's begin with '%s'",
                location,
                prefix,
                path);
        if (targets != null) {
            for (FrozenLinear layer : encoder.linearLayers()) {
                Require.argument(
                        !targets.matches(prefix + layer.name())
                                || layers.stream().anyMatch(saved -> saved.name().equals(layer.name())),
                        "%s: has no adapter for the model's layer '%s', which target_modules names: %s",
                        location,
                        layer.name(),
                        targets);
            }
        }
        return SavedLayer.adapt(location, layers, encoder.linearLayers(), backend);
    }

    /**
     * The head on its base model.
     *
     * @param encoder the base model's weights, whose pooler is kept by reference
     * @param backend the arithmetic
     * @return a head with the file's numbers, which the caller closes
     * @throws IllegalArgumentException if the file has no head, or one that does not fit the model
     */
    public SequenceHead head(TransformerWeights encoder, Backend backend) {
        Require.argument(!head.isEmpty(), "%s: has no head, expected one in the file", location);
        SequenceHead made = new SequenceHead(encoder, headOutputs(), 0);
        try {
            Require.argument(
                    made.hasDenseLayer(),
                    "%s: the head belongs behind a pooler, and the model has none; expected a base model with %s",
                    location,
                    POOLER);
            made.parameters().forEach(parameter -> {
                INDArray array = head.get(parameter.name());
                Require.argument(array != null, "%s: the head has no %s", location, parameter.name());
                Require.shape(location, parameter.name(), array, "the model's", parameter.value().shape());
                parameter.value().assign(array);
            });
        } catch (IllegalArgumentException e) {
            made.close();
            throw e;
        }
        return made;
    }

    @Override
    public void close() {
        owned.forEach(INDArray::close);
    }
}
