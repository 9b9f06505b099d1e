package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A base model, its trained adapters and head as one model without adapters, to be written as a Hugging Face folder
 * that any of their clients runs: the family's sequence classifier, or its language model where there is no head.
 *
 * <p>Keeps its parts; they stay their owners' to close.
 */
public final class MergedModel {

    /** Most bytes of tensors in one file; above, there are several and an index. */
    static final long FILE_BYTES = 5_000_000_000L;

    private final PretrainedModel base;
    private final Optional<AdapterSet> adapters;
    private final Optional<SequenceHead> head;
    private final List<String> labels;
    private final int maxLength;

    private MergedModel(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            List<String> labels,
            int maxLength) {
        this.base = base;
        this.adapters = adapters;
        this.head = head;
        this.labels = List.copyOf(labels);
        this.maxLength = maxLength;
        Require.argument(
                maxLength >= 1 && maxLength <= base.model().maxTokens(),
                "merged model: maxLength is %d, expected 1 to %d",
                maxLength,
                base.model().maxTokens());
    }

    /**
     * A sequence classifier or regression.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty if the head alone was trained
     * @param head the trained head
     * @param labels names of the classes in the order of the outputs; empty for a regression
     * @param maxLength longest input in tokens, special tokens included
     * @return the model
     * @throws IllegalArgumentException if the numbers of labels and outputs differ, the base lacks the pooler that its
     *     family's classifier has
     */
    public static MergedModel classifier(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            List<String> labels,
            int maxLength) {
        int outputs = labels.isEmpty() ? 1 : labels.size();
        Require.argument(
                head.outputs() == outputs,
                "merged model: the head has %d outputs, %d labels want %d",
                head.outputs(),
                labels.size(),
                outputs);
        boolean lacksPooler = base.model().head().dense().stream()
                .anyMatch(dense -> dense.source() == Head.Source.BASE
                        && !base.weights().has(dense.linear().weight()));
        Require.argument(
                !lacksPooler,
                "merged model: model %s has no pooler, which %s has before its classifier",
                base.name(),
                base.family().sequenceClassifier());
        return new MergedModel(base, adapters, Optional.of(head), labels, maxLength);
    }

    /**
     * A language model.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers
     * @param maxLength longest input in tokens
     * @return the model
     * @throws IllegalArgumentException if the family predicts no tokens
     */
    public static MergedModel languageModel(PretrainedModel base, AdapterSet adapters, int maxLength) {
        Require.argument(
                base.family().languageModel().isPresent(),
                "merged model: model %s of type %s is no language model",
                base.name(),
                base.family().modelType());
        return new MergedModel(base, Optional.of(adapters), Optional.empty(), List.of(), maxLength);
    }

    PretrainedModel base() {
        return base;
    }

    Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** Empty for a language model. */
    Optional<SequenceHead> head() {
        return head;
    }

    /**
     * Writes {@code model.safetensors}, {@code tokenizer.json}, {@code tokenizer_config.json} and, last,
     * {@code config.json}, without which the folder is no model. Weights of adapted layers are W + c·A·B, computed in
     * double and rounded once; all others are rounded once. One weight at a time is in memory.
     *
     * @param folder the folder, made if there is none
     * @param type FLOAT, FLOAT16 or BFLOAT16 for all weights
     * @throws IllegalArgumentException if the type is another, or a weight is beyond its range; the message names it
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if the folder is not empty, a weight cannot be read or a file cannot be written; the message
     *     names it
     */
    public void write(Path folder, DataType type) throws IOException {
        write(folder, type, FILE_BYTES);
    }

    void write(Path folder, DataType type, long fileBytes) throws IOException {
        ObjectNode config = MergedConfig.config(base, head.isPresent(), labels, type);
        byte[] tokenizer = base.tokenizerJson();
        TensorSource tensors = new MergedTensors(this, type);
        Files.createDirectories(folder);
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new IOException(folder + ": the folder is not empty; expected an empty or a new folder");
            }
        }
        Map<String, String> metadata = Map.of("format", "pt");
        if (MergedTensors.bytes(tensors) <= fileBytes) {
            SafeTensors.write(folder.resolve(HuggingFaceFolder.WEIGHTS), tensors, metadata);
        } else {
            ShardedSafeTensors.write(folder.resolve(HuggingFaceFolder.SHARDS), tensors, metadata, fileBytes);
        }
        AtomicFile.write(folder.resolve(HuggingFaceFolder.TOKENIZER), tokenizer);
        JsonFile.write(
                folder.resolve(HuggingFaceFolder.TOKENIZER_CONFIG),
                MergedConfig.tokenizerConfig(tokenizer, base, maxLength));
        JsonFile.write(folder.resolve(HuggingFaceFolder.CONFIG), config);
    }
}
