package org.lsradapt.models;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Embeddings as the definitions say, in double: of this library's hidden states, and of ONNX Runtime's. */
final class TextVectors {

    private TextVectors() {}

    static List<TokenSequence> sequences(PretrainedModel model, EmbeddingSettings settings, List<String> texts) {
        List<TokenSequence> sequences = new ArrayList<>();
        for (String text : texts) {
            sequences.add(model.tokenizer().encode(text, null, settings.maxLength()));
        }
        return sequences;
    }

    /** Of this library, with or without adapters. */
    static double[][] ours(
            PretrainedModel model,
            TransformerWeights weights,
            Optional<AdapterSet> adapters,
            EmbeddingSettings settings,
            List<String> texts) {
        Backend backend = Backends.standard();
        adapters.ifPresent(AdapterSet::materialize);
        List<TokenSequence> sequences = sequences(model, settings, texts);
        TokenBatch batch = TokenBatch.of(sequences, model.model(), Rows.ALL);
        try (TransformerPass pass = adapters.isPresent()
                ? TransformerPass.inference(weights, adapters.get(), backend)
                : TransformerPass.inference(weights, backend)) {
            float[][] states = pass.forward(batch).toFloatMatrix();
            double[][] vectors = new double[texts.size()][];
            for (int i = 0; i < vectors.length; i++) {
                int first = batch.offsets()[i];
                int length = sequences.get(i).length();
                float[][] own = Arrays.copyOfRange(states, first, first + length);
                vectors[i] = vector(own, length, settings);
            }
            return vectors;
        }
    }

    /** Of an ONNX file under ONNX Runtime, in one padded batch. */
    static double[][] onnx(Path file, PretrainedModel model, EmbeddingSettings settings, List<String> texts)
            throws OrtException {
        List<TokenSequence> sequences = sequences(model, settings, texts);
        int longest = sequences.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        long[][] ids = new long[sequences.size()][longest];
        long[][] mask = new long[sequences.size()][longest];
        for (int i = 0; i < ids.length; i++) {
            for (int t = 0; t < sequences.get(i).length(); t++) {
                ids[i][t] = sequences.get(i).ids()[t];
                mask[i][t] = 1;
            }
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids);
                OnnxTensor typeTensor = OnnxTensor.createTensor(environment, new long[ids.length][longest]);
                OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask);
                OrtSession.Result result = session.run(known(
                        session,
                        Map.of("input_ids", idTensor, "token_type_ids", typeTensor, "attention_mask", maskTensor)))) {
            float[][][] states = (float[][][]) result.get(0).getValue();
            double[][] vectors = new double[texts.size()][];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] = vector(states[i], sequences.get(i).length(), settings);
            }
            return vectors;
        }
    }

    /** The inputs that the model has: of a family without token types, not these. */
    private static Map<String, OnnxTensor> known(OrtSession session, Map<String, OnnxTensor> inputs) {
        Map<String, OnnxTensor> known = new HashMap<>(inputs);
        known.keySet().retainAll(session.getInputNames());
        return known;
    }

    private static double[] vector(float[][] states, int length, EmbeddingSettings settings) {
        int counted = settings.pooling() == Pooling.MEAN ? length : 1;
        int from = settings.pooling() == Pooling.LASTTOKEN ? length - 1 : 0;
        double[] vector = new double[states[0].length];
        for (int j = 0; j < vector.length; j++) {
            for (int t = 0; t < counted; t++) {
                vector[j] += (double) states[from + t][j] / counted;
            }
        }
        double norm = 0;
        for (double value : vector) {
            norm += value * value;
        }
        for (int j = 0; j < vector.length && settings.normalized(); j++) {
            vector[j] /= Math.sqrt(norm);
        }
        return vector;
    }

    static double largestDifference(double[][] expected, double[][] actual) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                largest = Math.max(largest, Math.abs(expected[i][j] - actual[i][j]));
            }
        }
        return largest;
    }
}
