package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.frameworks.OnnxHead;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.internal.tokenizers.TokenizerJson;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Merges a base model with its trained adapters and head, and writes the result, a model without adapters, as a Hugging
 * Face folder that any of their clients runs. The result is the family's sequence or token classifier, its model for
 * question answering, its language model, or an embedding model for sentence-transformers. Embedding models and
 * classifiers can also be written as ONNX.
 *
 * <p>Keeps its parts; their owners close them.
 */
public final class MergedModel {

    /** The most bytes of tensors in one file; beyond it there are several files and an index. */
    static final long FILE_BYTES = 5_000_000_000L;

    private static final String ONNX = "model.onnx";

    /** The name of the file that {@link #writeGgufFolder} writes. */
    static final String GGUF = "model.gguf";

    private final PretrainedModel base;
    private final Optional<AdapterSet> adapters;
    private final Optional<SequenceHead> head;
    private final TaskDescription task;
    private final Optional<EmbeddingSettings> embedding;
    private final int maxLength;

    private MergedModel(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            TaskDescription task,
            Optional<EmbeddingSettings> embedding,
            int maxLength) {
        this.base = base;
        this.adapters = adapters;
        this.head = head;
        this.task = task;
        this.embedding = embedding;
        this.maxLength = maxLength;
        Require.argument(
                maxLength >= 1 && maxLength <= base.maxLength(),
                "merged model: maxLength is %d, expected 1 to %d",
                maxLength,
                base.maxLength());
    }

    /**
     * Creates a model with a head: a classifier, a regression, a reranker, which sentence-transformers loads as a
     * cross-encoder whose scores are the head's raw output, a classifier of tokens, or a model that finds answers.
     * Thresholds and the reading of words are for this library only.
     *
     * @param adapters trained adapters of its layers; empty if only the head was trained
     * @param task the meaning of the head's outputs
     * @param maxLength longest input in tokens, special tokens included
     * @throws IllegalArgumentException if the head has another number of outputs than the task, reads other states, or the base lacks
     *     the pooler that its family's classifier has
     */
    public static MergedModel withHead(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            TaskDescription task,
            int maxLength) {
        boolean eachToken = task.readsEachToken();
        Require.argument(
                head.outputs() == task.outputs() && head.readsEachToken() == eachToken,
                "merged model: the head has %d outputs for each %s, expected %d for each %s of task %s",
                head.outputs(),
                head.readsEachToken() ? "token" : "text",
                task.outputs(),
                eachToken ? "token" : "text",
                task.name());
        boolean lacksPooler = !eachToken
                && base.model().head().dense().stream()
                        .anyMatch(dense -> dense.source() == Head.Source.BASE
                                && !base.weights().has(dense.linear().weight()));
        Require.argument(
                !lacksPooler,
                "merged model: model %s has no pooler, which %s has before its classifier",
                base.name(),
                base.family().sequenceClassifier());
        return new MergedModel(base, adapters, Optional.of(head), task, Optional.empty(), maxLength);
    }

    /**
     * Creates a language model.
     *
     * @param adapters trained adapters of its layers
     * @param maxLength longest input in tokens
     * @throws IllegalArgumentException if the family predicts no tokens
     */
    public static MergedModel languageModel(PretrainedModel base, AdapterSet adapters, int maxLength) {
        Require.argument(
                base.family().languageModel().isPresent(),
                "merged model: model %s of type %s is not a language model",
                base.name(),
                base.family().modelType());
        return new MergedModel(
                base,
                Optional.of(adapters),
                Optional.empty(),
                new TextDescription("text"),
                Optional.empty(),
                maxLength);
    }

    /**
     * Creates an embedding model.
     *
     * @param adapters trained adapters of its layers; empty for the base model itself
     * @param settings the settings of its embeddings, such as the base model's
     * @throws IllegalArgumentException if the base model has no positions for the longest input
     */
    public static MergedModel embedder(
            PretrainedModel base, Optional<AdapterSet> adapters, EmbeddingSettings settings) {
        return new MergedModel(
                base,
                adapters,
                Optional.empty(),
                new EmbeddingDescription("embedding"),
                Optional.of(settings),
                settings.maxLength());
    }

    PretrainedModel base() {
        return base;
    }

    Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** The head of a classifier or regression; empty for other models. */
    Optional<SequenceHead> head() {
        return head;
    }

    TaskDescription task() {
        return task;
    }

    /** The settings of an embedding model; empty for other models. */
    Optional<EmbeddingSettings> embedding() {
        return embedding;
    }

    boolean readsEachToken() {
        return head.filter(SequenceHead::readsEachToken).isPresent();
    }

    /** The model's class in transformers. */
    String architecture() {
        return task.architecture(base.family());
    }

    /**
     * Writes a Hugging Face folder: {@code model.safetensors}, {@code config.json}, and {@code tokenizer.json} with
     * {@code tokenizer_config.json}, or {@code preprocessor_config.json} for a model that reads images. A language
     * model also has {@code generation_config.json} where its base model has one. An embedding model also has
     * sentence-transformers' {@code modules.json} and the files that it lists. {@code README.md} is the model card for
     * Hugging Face's hub. Weights of adapted layers are W + c·A·B, computed in double and rounded once; all others are
     * rounded once. One weight at a time is in memory. If anything fails, none of the files exists.
     *
     * @param folder the folder; created if it does not exist
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
        ObjectNode config = MergedConfig.config(this, type);
        TensorSource tensors = new MergedTensors(this, type);
        AtomicFolder.write(folder, beside -> write(beside, config, tensors, fileBytes));
    }

    private void write(Path folder, ObjectNode config, TensorSource tensors, long fileBytes) throws IOException {
        Files.createDirectory(folder);
        writeTensors(folder, tensors, fileBytes);
        if (base.images().isPresent()) {
            JsonFile.write(
                    folder.resolve(ImageFiles.PREPROCESSOR), base.images().get().config());
        } else {
            writeTokenizer(folder, base.tokenizerJson());
        }
        if (embedding.isPresent()) {
            SentenceTransformerFiles.write(
                    folder,
                    embedding.get(),
                    base.model().width(),
                    base.embeddingFiles().further());
        }
        Optional<ObjectNode> generation = MergedConfig.generation(this);
        if (generation.isPresent()) {
            JsonFile.write(folder.resolve(GenerationSettings.FILE), generation.get());
        }
        MergedCard.of(this, MergedCard.Form.HUGGING_FACE).write(folder);
        JsonFile.write(folder.resolve(HuggingFaceFolder.CONFIG), config);
    }

    /** Writes one file, or several with an index. */
    static void writeTensors(Path folder, TensorSource tensors, long fileBytes) throws IOException {
        Map<String, String> metadata = Map.of("format", "pt");
        if (MergedTensors.bytes(tensors) <= fileBytes) {
            SafeTensors.write(folder.resolve(HuggingFaceFolder.WEIGHTS), tensors, metadata);
        } else {
            ShardedSafeTensors.write(folder.resolve(HuggingFaceFolder.SHARDS), tensors, metadata, fileBytes);
        }
    }

    /**
     * Writes an embedding model, or a classifier or regression of an encoder, as ONNX: {@code model.onnx} is the base
     * model's ONNX file with W + c·A·B in place of the adapted layers' weights. For a classifier the head's nodes
     * follow, and the logits are the only output, shape [batch, outputs]. Everything else is byte for byte the same.
     * Weights are found by their numbers, not by their names, and are in memory one at a time. The base model's file is
     * the one in its artifact, or {@code onnx/model.onnx} or {@code model.onnx} in its folder.
     *
     * <p>The folder also has {@code tokenizer.json}. For a classifier it contains the longest input, for applications
     * that have no setting for it. A classifier's folder also has {@code config.json} with the labels and
     * {@code tokenizer_config.json}, in Optimum's layout; with a tokenizer of word pieces it also has {@code assets/vocab.txt}
     * and {@code assets/labels.txt} for Spark NLP. If anything fails, none of the files exists.
     *
     * @param folder the folder; created if it does not exist
     * @throws IllegalArgumentException if this is a language model or a classifier of images, the head does not read
     *     the first token, the base model has no ONNX file, or a number is beyond FLOAT
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if the folder is not empty; the ONNX file is malformed, has weights in other files (external
     *     data), quantized or in 16 bits, or belongs to another model than the base; or a file cannot be written. The
     *     message names it
     */
    public void writeOnnx(Path folder) throws IOException {
        Require.argument(
                (embedding.isPresent() || head.isPresent()) && base.images().isEmpty(),
                "merged model: %s is written as ONNX, expected an embedding model or a classifier of texts",
                architecture());
        try (OnnxInitializers onnx = base.embeddingFiles().onnx()) {
            TensorSource merged = MergedOnnx.of(onnx, base, adapters);
            Optional<OnnxHead> nodes = head.isPresent()
                    ? Optional.of(MergedOnnxHead.of(
                            this, onnx.hiddenStates(base.model().width())))
                    : Optional.empty();
            AtomicFolder.write(folder, beside -> {
                Files.createDirectory(beside);
                if (nodes.isPresent()) {
                    onnx.write(beside.resolve(ONNX), merged, nodes.get());
                    writeTokenizer(beside, TokenizerJson.cutAt(base.tokenizerJson(), maxLength));
                    writeAssets(beside.resolve("assets"));
                    JsonFile.write(beside.resolve(HuggingFaceFolder.CONFIG), MergedConfig.config(this, DataType.FLOAT));
                } else {
                    onnx.write(beside.resolve(ONNX), merged);
                    AtomicFile.write(beside.resolve(TokenizerJson.FILE), base.tokenizerJson());
                }
                MergedCard.of(this, MergedCard.Form.ONNX).write(beside);
            });
        }
    }

    /**
     * Writes a language model as one GGUF file, which llama.cpp runs. The metadata come from the base model's GGUF file
     * or from its folder, and include the tokenizer. All weights are encoded anew: W + c·A·B is computed in double and
     * rounded to FLOAT first. Vectors are F32; a matrix whose rows are not whole blocks of the format is F16. One
     * tensor at a time is in memory.
     *
     * @param file the file to create or replace
     * @param format the format of matrices: F32, F16, BF16 or Q8_0
     * @throws IllegalArgumentException if this is not a language model, the format is another, a number is beyond its
     *     range, or the base model is a folder whose family, configuration or tokenizer a GGUF file cannot express
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if a weight cannot be read or the file cannot be written; the message names it
     */
    public void writeGguf(Path file, WeightFormat format) throws IOException {
        requireLanguageModel();
        MergedGguf.write(this, file, format);
    }

    private void requireLanguageModel() {
        Require.argument(
                head.isEmpty() && embedding.isEmpty(),
                "merged model: %s is written as GGUF, expected a language model",
                architecture());
    }

    /**
     * Writes a folder like {@link #writeGgufFolder(Path, WeightFormat)}, whose matrices have the types of the base model's GGUF file where
     * no adapter changes them, bit for bit, and are F32 elsewhere.
     *
     * @throws IllegalArgumentException also if the base model is not a GGUF file
     */
    public void writeGgufFolder(Path folder) throws IOException {
        requireLanguageModel();
        Files.createDirectories(folder);
        MergedGguf.writeLikeBase(this, folder.resolve(GGUF));
        MergedCard.of(this, MergedCard.Form.GGUF).write(folder);
    }

    /** Writes a folder, created if missing, with {@code model.gguf} as {@link #writeGguf} does, and a card for Hugging Face's hub. */
    public void writeGgufFolder(Path folder, WeightFormat format) throws IOException {
        Files.createDirectories(folder);
        writeGguf(folder.resolve(GGUF), format);
        MergedCard.of(this, MergedCard.Form.GGUF).write(folder);
    }

    private void writeAssets(Path folder) throws IOException {
        Optional<List<String>> words = TokenizerJson.wordPieces(base.tokenizerJson());
        if (words.isPresent()) {
            Files.createDirectory(folder);
            Files.write(folder.resolve("vocab.txt"), words.get());
            List<String> outputs = MergedConfig.outputs(task);
            if (!outputs.isEmpty()) {
                Files.write(folder.resolve("labels.txt"), outputs);
            }
        }
    }

    private void writeTokenizer(Path folder, byte[] tokenizer) throws IOException {
        AtomicFile.write(folder.resolve(TokenizerJson.FILE), tokenizer);
        JsonFile.write(
                folder.resolve(TokenizerSettings.FILE), MergedConfig.tokenizerConfig(tokenizer, this, maxLength));
    }
}
