package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.encoder.SequenceHead;
import org.lsradapt.io.AtomicFile;
import org.lsradapt.io.JsonFile;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Require;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A base model, its trained adapters and head as one model without adapters, to be written as a Hugging Face folder that
 * any of their clients runs: BertForSequenceClassification or RobertaForSequenceClassification.
 *
 * <p>BERT's head there is pooler (dense, tanh) and {@code classifier}, RoBERTa's {@code classifier.dense}, tanh and
 * {@code classifier.out_proj}; see {@link SequenceHead}, which is the same.
 *
 * @param base the base model, open; kept
 * @param adapters trained adapters of its layers, or null if the head alone was trained; kept
 * @param head the trained head; kept
 * @param labels names of the classes in the order of the outputs; empty for a regression
 * @param maxLength longest input in tokens, special tokens included
 */
public record MergedModel(
        PretrainedModel base, AdapterSet adapters, SequenceHead head, List<String> labels, int maxLength) {

    /** Most bytes of tensors in one file; above, there are several and an index. */
    static final long FILE_BYTES = 5_000_000_000L;

    /**
     * Checks that the parts fit together and that there is a Hugging Face model of this kind.
     *
     * @throws IllegalArgumentException if the numbers of labels and outputs differ, the base is a BERT without a pooler, or
     *     its tokenizer did not come with it through {@link Models}
     */
    public MergedModel {
        labels = List.copyOf(labels);
        int outputs = labels.isEmpty() ? 1 : labels.size();
        Require.argument(
                head.outputs() == outputs,
                "merged model: the head has %d outputs, %d labels want %d",
                head.outputs(),
                labels.size(),
                outputs);
        Require.argument(
                base.config().family() == EncoderConfig.Family.ROBERTA || base.weights().has("pooler.dense.weight"),
                "merged model: model %s has no pooler, which BertForSequenceClassification has before its classifier",
                base.name());
        Require.argument(
                base.tokenizer() instanceof FastTokenizer,
                "merged model: the tokenizer of model %s has no tokenizer.json",
                base.name());
        Require.argument(
                maxLength >= 1 && maxLength <= base.config().maxTokens(),
                "merged model: maxLength is %d, expected 1 to %d",
                maxLength,
                base.config().maxTokens());
    }

    /**
     * Writes {@code model.safetensors}, {@code tokenizer.json}, {@code tokenizer_config.json} and, last,
     * {@code config.json}, without which the folder is no model. Weights of adapted layers are W + c·A·B, computed in double
     * and rounded once; all others are rounded once. One weight at a time is in memory.
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
        ObjectNode config = MergedConfig.config(base.config(), labels, type);
        byte[] tokenizer = ((FastTokenizer) base.tokenizer()).json();
        TensorSource tensors = new MergedTensors(this, type);
        Files.createDirectories(folder);
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new IOException(folder + ": the folder is not empty, expected one that is or is not there yet");
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
                MergedConfig.tokenizerConfig(tokenizer, base.config(), maxLength));
        JsonFile.write(folder.resolve(HuggingFaceFolder.CONFIG), config);
    }
}
