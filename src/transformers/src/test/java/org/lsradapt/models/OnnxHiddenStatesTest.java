package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Our encoder against ONNX Runtime on the same file, for each model of the kind that is on the class path. */
class OnnxHiddenStatesTest {
    private static final String[][] TEXTS = {
        {"The quick brown fox jumps over the lazy dog.", null},
        {"Adapters change a frozen model by a low-rank update.", "Low-rank updates leave the model's weights alone."},
        {"Yes", null},
        {
            "In 1969, the year in which three astronauts first went to the Moon and back, nobody would have guessed that"
                    + " naïve café owners in Zürich would one day ask a telephone — rather than their neighbours — whether it"
                    + " was going to rain (it was).",
            "It rained."
        },
    };

    @ParameterizedTest
    @ValueSource(strings = {"minilm", "bge-small", "e5-small", "bge-small-zh"})
    void hiddenStates_paddedBatchOfRealSentences_equalOnnxRuntime(String name) throws IOException, OrtException {
        OnnxEncoder file = OnnxEncoder.ALL.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        assumeTrue(file.artifact().isPresent(), name + " is on the class path with -P" + name + " only");
        try (PretrainedModel model = Models.load(name);
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT)) {
            List<TokenSequence> sequences = new ArrayList<>();
            for (String[] text : TEXTS) {
                sequences.add(model.tokenizer().encode(text[0], text[1], 128));
            }
            float[][][] expected = onnx(file.files() + ".onnx", sequences);
            Backend backend = Backends.standard();
            TokenBatch batch = TokenBatch.of(sequences, model.model(), Rows.ALL);
            try (TransformerPass pass = TransformerPass.inference(weights, backend)) {
                float[] actual = pass.forward(batch).dup().data().asFloat();
                double worst = 0;
                for (int b = 0; b < sequences.size(); b++) {
                    for (int t = 0; t < sequences.get(b).length(); t++) {
                        for (int j = 0; j < model.model().width(); j++) {
                            int at = (batch.offsets()[b] + t) * model.model().width() + j;
                            worst = Math.max(worst, Math.abs(actual[at] - expected[b][t][j]));
                        }
                    }
                }
                double difference = worst;
                assertTrue(difference < 1e-4, () -> name + ": largest difference " + difference);
            }
        }
    }

    /** Hidden states of all sequences as one padded batch with an attention mask. */
    private static float[][][] onnx(String resource, List<TokenSequence> sequences) throws IOException, OrtException {
        int longest = sequences.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        long[][] ids = new long[sequences.size()][longest];
        long[][] types = new long[sequences.size()][longest];
        long[][] mask = new long[sequences.size()][longest];
        for (int b = 0; b < ids.length; b++) {
            for (int t = 0; t < sequences.get(b).length(); t++) {
                ids[b][t] = sequences.get(b).ids()[t];
                types[b][t] = sequences.get(b).typeIds()[t];
                mask[b][t] = 1;
            }
        }
        byte[] file;
        try (InputStream in = OnnxHiddenStatesTest.class.getResourceAsStream("/" + resource)) {
            file = in.readAllBytes();
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file);
                OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids);
                OnnxTensor typeTensor = OnnxTensor.createTensor(environment, types);
                OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask)) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("input_ids", idTensor);
            inputs.put("token_type_ids", typeTensor);
            inputs.put("attention_mask", maskTensor);
            try (OrtSession.Result result = session.run(inputs)) {
                return (float[][][]) result.get(0).getValue();
            }
        }
    }
}
