package org.lsradapt.models;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.language.MaskedTokenHead;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The head of a masked language model in a model's files, or the reason why they have no usable one. A model without
 * this head has other uses, so loading does not fail for that reason.
 */
public final class SavedMaskedHead {
    private static final String TIED = "tie_word_embeddings";

    private final String location;
    private final Optional<MaskedHead> part;
    private final Map<String, INDArray> weights;
    private final String complaint;

    private SavedMaskedHead(
            String location, Optional<MaskedHead> part, Map<String, INDArray> weights, String complaint) {
        this.location = location;
        this.part = part;
        this.weights = weights;
        this.complaint = complaint;
    }

    /** Returns a missing head, for a model that predicts no hidden tokens. */
    static SavedMaskedHead none(String location, Family family) {
        return missing(
                location, "models of type " + family.modelType() + " predict no hidden tokens, expected an encoder");
    }

    private static SavedMaskedHead missing(String location, String complaint) {
        return new SavedMaskedHead(location, Optional.empty(), Map.of(), complaint);
    }

    static SavedMaskedHead find(
            TensorSource tensors, Family family, JsonFields config, Transformer model, MappedWeights.Layout layout)
            throws IOException {
        String location = tensors.location();
        List<MaskedHead> forms = family.maskedHeads(config, model);
        if (forms.isEmpty()) {
            return none(location, family);
        }
        for (MaskedHead form : forms) {
            MappedWeights files = new MappedWeights(tensors, form.tensors(), layout);
            if (files.names().stream().allMatch(files::has)) {
                return isOwn(tensors, form, config, model, layout)
                        ? missing(
                                location,
                                "its decoder " + form.decoder()
                                        + " is not the table of the word embeddings, expected one that is tied to it")
                        : new SavedMaskedHead(location, Optional.of(form), read(files), "");
            }
        }
        MappedWeights files = new MappedWeights(tensors, forms.get(0).tensors(), layout);
        List<String> missing =
                files.names().stream().filter(name -> !files.has(name)).toList();
        String found = missing.size() < files.names().size()
                ? "there is no " + String.join(", ", missing)
                : "there is no tensor of it, such as " + missing.get(0);
        return missing(
                location,
                found + "; expected "
                        + BertBase.ALL.stream().map(BertBase::name).collect(Collectors.joining(", "))
                        + ", which have one, or the folder of such a model (" + family.maskedLanguageModel() + ")");
    }

    private static Map<String, INDArray> read(MappedWeights files) throws IOException {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : files.names()) {
            weights.put(name, files.read(name));
        }
        return weights;
    }

    /** Whether the head has its own token embeddings, as the configuration says or the numbers in the files show. */
    private static boolean isOwn(
            TensorSource tensors, MaskedHead form, JsonFields config, Transformer model, MappedWeights.Layout layout)
            throws IOException {
        if (!config.flag(TIED, true)) {
            return true;
        }
        Table words = model.words().orElseThrow();
        return tensors.has(form.decoder())
                && checksum(tensors, words.name(), words, layout) != checksum(tensors, form.decoder(), words, layout);
    }

    private static long checksum(TensorSource tensors, String name, Table shape, MappedWeights.Layout layout)
            throws IOException {
        Tensor tensor = new Tensor(name, List.of((long) shape.rows(), (long) shape.width()), false, Optional.empty());
        CRC32C sum = new CRC32C();
        try (INDArray array = new MappedWeights(tensors, List.of(tensor), layout).read(name)) {
            ArrayBytes.update(sum, array);
        }
        return sum.getValue();
    }

    /** Whether the files have a usable head. */
    public boolean isPresent() {
        return part.isPresent();
    }

    /**
     * Returns the head on its model.
     *
     * @param model the weights of the model that it was saved with; kept
     * @throws IllegalArgumentException if there is no head, or its shape differs; the message names the tensors
     */
    public MaskedTokenHead on(TransformerWeights model) {
        Require.argument(isPresent(), "%s: the model has no head of a masked language model: %s", location, complaint);
        return new MaskedTokenHead(model, part.orElseThrow(), weights);
    }
}
