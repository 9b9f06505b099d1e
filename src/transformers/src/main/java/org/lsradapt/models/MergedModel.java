package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.families.Family;
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
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SpanObjective;
import org.lsradapt.transformer.WordReading;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A base model, its trained adapters and head as one model without adapters, to be written as a Hugging Face folder
 * that any of their clients runs: the family's sequence or token classifier, its model for question answering, its language model, or an embedding model for
 * sentence-transformers. Embedding models and classifiers can be written as ONNX too.
 *
 * <p>Keeps its parts; they stay their owners' to close.
 */
public final class MergedModel {

    /** Most bytes of tensors in one file; above, there are several and an index. */
    static final long FILE_BYTES = 5_000_000_000L;

    private static final String ONNX = "model.onnx";

    /** The file in a folder of {@link #writeGgufFolder}. */
    static final String GGUF = "model.gguf";

    private final PretrainedModel base;
    private final Optional<AdapterSet> adapters;
    private final Optional<SequenceHead> head;
    private final List<String> labels;
    private final List<Double> thresholds;
    private final boolean ranks;
    private final Optional<EmbeddingSettings> embedding;
    private final int maxLength;
    private final WordReading words;

    private MergedModel(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            List<String> labels,
            List<Double> thresholds,
            boolean ranks,
            Optional<EmbeddingSettings> embedding,
            int maxLength) {
        this(base, adapters, head, labels, thresholds, ranks, embedding, maxLength, WordReading.JOINED);
    }

    private MergedModel(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            List<String> labels,
            List<Double> thresholds,
            boolean ranks,
            Optional<EmbeddingSettings> embedding,
            int maxLength,
            WordReading words) {
        this.base = base;
        this.adapters = adapters;
        this.head = head;
        this.labels = List.copyOf(labels);
        this.thresholds = List.copyOf(thresholds);
        this.ranks = ranks;
        this.embedding = embedding;
        this.maxLength = maxLength;
        this.words = words;
        Require.argument(
                maxLength >= 1 && maxLength <= base.maxLength(),
                "merged model: maxLength is %d, expected 1 to %d",
                maxLength,
                base.maxLength());
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
        return withHead(base, adapters, head, labels, List.of(), false, maxLength);
    }

    /**
     * A classifier of any number of labels.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty if the head alone was trained
     * @param head the trained head
     * @param labels the labels in the order of the outputs
     * @param thresholds the probability from which on each counts, for this library; others have one for all
     * @param maxLength longest input in tokens, special tokens included
     * @return the model
     * @throws IllegalArgumentException if the numbers of labels, thresholds and outputs differ, or the base lacks the pooler that its
     *     family's classifier has
     */
    public static MergedModel multiLabel(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            List<String> labels,
            List<Double> thresholds,
            int maxLength) {
        Require.argument(
                labels.size() == thresholds.size(),
                "merged model: %d labels and %d thresholds, expected as many",
                labels.size(),
                thresholds.size());
        return withHead(base, adapters, head, labels, thresholds, false, maxLength);
    }

    /**
     * A reranker, which sentence-transformers loads as a cross-encoder whose scores are the head's output as it is.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty if the head alone was trained
     * @param head the trained head, of one output
     * @param maxLength longest pair in tokens, special tokens included
     * @return the model
     * @throws IllegalArgumentException if the head has more outputs, or the base lacks the pooler that its family's classifier
     *     has
     */
    public static MergedModel reranker(
            PretrainedModel base, Optional<AdapterSet> adapters, SequenceHead head, int maxLength) {
        return withHead(base, adapters, head, List.of(), List.of(), true, maxLength);
    }

    private static MergedModel withHead(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            List<String> labels,
            List<Double> thresholds,
            boolean ranks,
            int maxLength) {
        int outputs = labels.isEmpty() ? 1 : labels.size();
        Require.argument(
                head.outputs() == outputs,
                "merged model: the head has %d outputs, %d labels need %d",
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
        return new MergedModel(
                base, adapters, Optional.of(head), labels, thresholds, ranks, Optional.empty(), maxLength);
    }

    /** As the other, of words that are joined by single spaces. */
    public static MergedModel tokenClassifier(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            List<String> labels,
            int maxLength) {
        return tokenClassifier(base, adapters, head, labels, WordReading.JOINED, maxLength);
    }

    /**
     * A classifier of tokens.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty if the head alone was trained
     * @param head the trained head, which reads each token
     * @param labels names of the classes in the order of the outputs
     * @param words how words become tokens, which this library alone reads; the model card says it to others
     * @param maxLength longest input in tokens, special tokens included
     * @return the model
     * @throws IllegalArgumentException if the numbers of labels and outputs differ, or the head reads no tokens
     */
    public static MergedModel tokenClassifier(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            List<String> labels,
            WordReading words,
            int maxLength) {
        Require.argument(
                head.readsEachToken() && head.outputs() == labels.size(),
                "merged model: the head has %d outputs for each %s, expected %d for each token",
                head.outputs(),
                head.readsEachToken() ? "token" : "text",
                labels.size());
        return new MergedModel(
                base, adapters, Optional.of(head), labels, List.of(), false, Optional.empty(), maxLength, words);
    }

    /**
     * A model that finds answers in passages.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty if the head alone was trained
     * @param head the trained head, with a start and an end for each token
     * @param noAnswerThreshold by how much the score of no answer has to exceed the best one, which this library alone reads; empty where
     *     there always is an answer
     * @param maxLength longest window in tokens
     * @return the model
     * @throws IllegalArgumentException if the head has another number of outputs or reads sequences
     */
    public static MergedModel answerExtractor(
            PretrainedModel base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            OptionalDouble noAnswerThreshold,
            int maxLength) {
        Require.argument(
                head.readsEachToken() && head.outputs() == SpanObjective.OUTPUTS,
                "merged model: the head has %d outputs for each %s, expected a start and an end for each token",
                head.outputs(),
                head.readsEachToken() ? "token" : "text");
        return new MergedModel(
                base,
                adapters,
                Optional.of(head),
                List.of(),
                noAnswerThreshold.stream().boxed().toList(),
                false,
                Optional.empty(),
                maxLength);
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
                "merged model: model %s of type %s is not a language model",
                base.name(),
                base.family().modelType());
        return new MergedModel(
                base,
                Optional.of(adapters),
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                maxLength);
    }

    /**
     * An embedding model.
     *
     * @param base the base model, open
     * @param adapters trained adapters of its layers; empty for the base model itself
     * @param settings how it embeds, such as the base model's own
     * @return the model
     * @throws IllegalArgumentException if the base model has no positions for the longest input
     */
    public static MergedModel embedder(
            PretrainedModel base, Optional<AdapterSet> adapters, EmbeddingSettings settings) {
        return new MergedModel(
                base,
                adapters,
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                Optional.of(settings),
                settings.maxLength());
    }

    PretrainedModel base() {
        return base;
    }

    Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** That of a classifier or regression. */
    Optional<SequenceHead> head() {
        return head;
    }

    List<String> labels() {
        return labels;
    }

    /**
     * From which probability on a label counts, or by how much the score of no answer has to exceed the best one; empty where one label
     * is chosen, or there always is an answer.
     */
    List<Double> thresholds() {
        return thresholds;
    }

    /** Of a classifier of tokens, how words become tokens. */
    WordReading words() {
        return words;
    }

    /** Whether it scores pairs of a query and a passage. */
    boolean ranks() {
        return ranks;
    }

    /** That of an embedding model. */
    Optional<EmbeddingSettings> embedding() {
        return embedding;
    }

    /** Whether it finds answers in passages, which have no labels. */
    boolean isOfSpans() {
        return isOfTokens() && labels.isEmpty();
    }

    /** Whether its head reads each token. */
    boolean isOfTokens() {
        return head.filter(SequenceHead::readsEachToken).isPresent();
    }

    /** Its class in transformers. */
    String architecture() {
        Family family = base.family();
        if (embedding.isPresent()) {
            return family.baseClass();
        }
        if (isOfSpans()) {
            return family.answerExtractor().orElseThrow();
        }
        if (isOfTokens()) {
            return family.tokenClassifier().orElseThrow();
        }
        return head.isPresent()
                ? family.sequenceClassifier()
                : family.languageModel().orElseThrow();
    }

    /**
     * Writes {@code model.safetensors}, {@code config.json}, {@code tokenizer.json} and {@code tokenizer_config.json}, or of
     * a model that reads images {@code preprocessor_config.json}; for a language model whose base model has one
     * {@code generation_config.json}; for an embedding model also sentence-transformers'
     * {@code modules.json} and what it lists; and {@code README.md}, the model card for Hugging Face's hub. Weights of adapted layers are W + c·A·B, computed in
     * double and rounded once; all others are rounded once. One weight at a time is in memory. The folder is there with all
     * of that or, if anything fails, not at all.
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
     * model's ONNX file with W + c·A·B in place of the adapted layers' weights; of a classifier it goes on with the
     * head's nodes, and the logits are its only output, shape [batch, outputs]. All else is byte for byte as it is.
     * Weights are found by their numbers, whatever the file calls them, and are in memory one at a time. The base
     * model's file is the one in its artifact, or {@code onnx/model.onnx} or {@code model.onnx} in its folder.
     *
     * <p>Beside it is {@code tokenizer.json}, that of a classifier with the longest input, at which applications cut that
     * have no setting for it; of a classifier also {@code config.json} with the labels and {@code tokenizer_config.json}, as Optimum lays them out, and, where the tokenizer is one of word pieces,
     * {@code assets/vocab.txt} and {@code assets/labels.txt}, as Spark NLP reads them. The folder is there with all files
     * or, if anything fails, not at all.
     *
     * @param folder the folder, made if there is none
     * @throws IllegalArgumentException if this is a language model or a classifier of images, the head does not read
     *     the first token, the base model has no ONNX file, or a number is beyond FLOAT
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if the folder is not empty; the ONNX file is malformed, has weights in other files
     *     (external data), quantized or in 16 bits, or is of another model than the base; or a file cannot be written.
     *     The message names it
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
     * Writes a language model as one GGUF file, which llama.cpp runs: the metadata of the base model's GGUF file, or what
     * those of its folder say, the tokenizer among it, and all weights anew, W + c·A·B computed in double and rounded to FLOAT before they are encoded. Vectors are
     * F32; a matrix whose rows are no whole blocks of the format is F16. One tensor at a time is in memory.
     *
     * @param file the file to create or replace
     * @param format F32, F16, BF16 or Q8_0, of matrices
     * @throws IllegalArgumentException if this is no language model, the format is another, a number is beyond it, or the base
     *     model is a folder whose family, configuration or tokenizer a GGUF file cannot say
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if a weight cannot be read or the file cannot be written; the message names it
     */
    public void writeGguf(Path file, WeightFormat format) throws IOException {
        Require.argument(
                head.isEmpty() && embedding.isEmpty(),
                "merged model: %s is written as GGUF, expected a language model",
                architecture());
        MergedGguf.write(this, file, format);
    }

    /**
     * As {@link #writeGguf}, as {@code model.gguf} in a folder with a model card for Hugging Face's hub.
     *
     * @param folder the folder, made if there is none
     */
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
            if (!isOfSpans()) {
                Files.write(folder.resolve("labels.txt"), MergedConfig.labels(labels));
            }
        }
    }

    private void writeTokenizer(Path folder, byte[] tokenizer) throws IOException {
        AtomicFile.write(folder.resolve(TokenizerJson.FILE), tokenizer);
        JsonFile.write(
                folder.resolve(TokenizerSettings.FILE), MergedConfig.tokenizerConfig(tokenizer, this, maxLength));
    }
}
