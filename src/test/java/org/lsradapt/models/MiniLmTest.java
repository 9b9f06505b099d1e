package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.encoder.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The embedded model. The numbers were read off the ONNX file with the Python package onnx. */
class MiniLmTest {

    private static PretrainedModel model;

    @BeforeAll
    static void load() throws IOException {
        model = Models.load("minilm");
    }

    @AfterAll
    static void close() throws IOException {
        model.close();
    }

    @Test
    void read_everyWeight_hasTheShapeOfTheConfiguration() throws IOException {
        for (Map.Entry<String, long[]> weight : EncoderWeights.shapes(model.config()).entrySet()) {
            assertTrue(model.weights().has(weight.getKey()), weight.getKey());
            INDArray array = model.weights().read(weight.getKey());
            assertArrayEquals(weight.getValue(), array.shape(), weight.getKey());
            assertEquals(DataType.FLOAT, array.dataType());
            assertEquals('c', array.ordering());
            array.close();
        }
    }

    @Test
    void encode_pair_hasSpecialTokensAndTypes() {
        TokenSequence tokens = model.tokenizer().encode("Hello world", "hello", 100);
        assertArrayEquals(new int[] {101, 7592, 2088, 102, 7592, 102}, tokens.ids());
        assertArrayEquals(new int[] {0, 0, 0, 0, 1, 1}, tokens.typeIds());
    }

    @Test
    void load_unknownName_isRefused() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Models.load("maxilm"));
        assertTrue(e.getMessage().startsWith("model 'maxilm': expected minilm"), e.getMessage());
        assertFalse(model.weights().has("encoder.layer.6.output.dense.weight"));
    }
}
