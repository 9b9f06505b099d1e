package org.lsradapt.models;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.parts.Transformer;

/**
 * A small BERT from one of LangChain4j's Maven artifacts, which hold an ONNX model and a tokenizer.json at the root of
 * the class path.
 *
 * @param hubName the name on Hugging Face's hub
 * @param files the prefix of both files' names
 * @param settings the settings of its embeddings, by its authors' files and model card on Hugging Face
 */
record OnnxEncoder(
        String name,
        String hubName,
        ModelArtifact artifact,
        String files,
        BundledBert config,
        EmbeddingSettings settings)
        implements Models.Packaged {

    static final List<OnnxEncoder> ALL = List.of(
            new OnnxEncoder(
                    "minilm",
                    "sentence-transformers/all-MiniLM-L6-v2",
                    ModelArtifact.MINILM,
                    "all-minilm-l6-v2",
                    new BundledBert(6, 384, 1536),
                    new EmbeddingSettings(Pooling.MEAN, true, "", "", 256)),
            new OnnxEncoder(
                    "bge-small",
                    "BAAI/bge-small-en-v1.5",
                    ModelArtifact.BGE_SMALL,
                    "bge-small-en-v1.5",
                    new BundledBert(12, 384, 1536),
                    new EmbeddingSettings(
                            Pooling.CLS, true, "Represent this sentence for searching relevant passages: ", "", 512)),
            new OnnxEncoder(
                    "e5-small",
                    "intfloat/e5-small-v2",
                    ModelArtifact.E5_SMALL,
                    "e5-small-v2",
                    new BundledBert(12, 384, 1536),
                    new EmbeddingSettings(Pooling.MEAN, true, "query: ", "passage: ", 512)),
            new OnnxEncoder(
                    "bge-small-zh",
                    "BAAI/bge-small-zh-v1.5",
                    ModelArtifact.BGE_SMALL_ZH,
                    "bge-small-zh-v1.5",
                    new BundledBert(4, 512, 8, 2048, 21128),
                    new EmbeddingSettings(Pooling.CLS, true, "为这个句子生成表示以用于检索相关文章：", "", 512)));

    @Override
    public PretrainedModel load() throws IOException {
        artifact.require();
        OnnxInitializers onnx = OnnxInitializers.open(files + ".onnx", resource(files + ".onnx"));
        byte[] json;
        try (InputStream in = resource(files + "-tokenizer.json").openStream()) {
            json = in.readAllBytes();
        }
        Transformer model = config.model();
        MappedWeights weights = new MappedWeights(onnx, config.family(), model, layout(onnx));
        weights.check(name);
        FastTokenizer tokenizer = FastTokenizer.of(files + "-tokenizer.json", json, model);
        return config.loaded(
                name, weights, tokenizer, embeddingFiles(onnx), config.maskedHead(onnx, layout(onnx)), onnx);
    }

    private EmbeddingFiles embeddingFiles(OnnxInitializers onnx) {
        return new EmbeddingFiles() {
            @Override
            public EmbeddingSettings settings() {
                return settings;
            }

            @Override
            public OnnxInitializers onnx() {
                return onnx.share();
            }
        };
    }

    private URL resource(String file) throws IOException {
        URL url = OnnxEncoder.class.getResource("/" + file);
        if (url == null) {
            throw new IOException("model " + name + ": there is no " + file + " in " + artifact.coordinates());
        }
        return url;
    }

    /**
     * Biases, tables and LayerNorms keep their names in the file. The exporter renamed most linear weights; the node
     * that multiplies by one, {@code /encoder/layer.0/attention/self/query/MatMul}, names the layer. A MatMul holds its
     * weight as [in, out]. A Gemm with transB, such as the pooler, holds it as [out, in].
     */
    static MappedWeights.Layout layout(OnnxInitializers onnx) {
        Map<String, MappedWeights.Place> linear = new HashMap<>();
        for (OnnxInitializers.Node node : onnx.nodes()) {
            String suffix = "/" + node.operator();
            boolean product =
                    node.operator().equals("MatMul") || node.operator().equals("Gemm");
            if (product
                    && node.name().startsWith("/")
                    && node.name().endsWith(suffix)
                    && node.inputs().size() >= 2
                    && onnx.has(node.inputs().get(1))) {
                String layer = node.name()
                        .substring(1, node.name().length() - suffix.length())
                        .replace('/', '.');
                boolean transposed = node.integers().getOrDefault("transB", 0L) != 0;
                linear.put(
                        layer + ".weight", new MappedWeights.Place(node.inputs().get(1), transposed));
            }
        }
        return tensor -> tensor.linear()
                ? Optional.ofNullable(linear.get(tensor.name()))
                : Optional.of(new MappedWeights.Place(tensor.name(), false));
    }
}
