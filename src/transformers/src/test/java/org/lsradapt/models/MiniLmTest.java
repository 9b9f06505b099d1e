package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Tensor;
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
        for (Tensor tensor : model.model().tensors().values()) {
            assertTrue(model.weights().has(tensor.name()), tensor.name());
            INDArray array = model.weights().read(tensor.name());
            assertArrayEquals(tensor.sizes(), array.shape(), tensor.name());
            assertEquals(DataType.FLOAT, array.dataType());
            assertEquals('c', array.ordering());
            array.close();
        }
    }

    @Test
    void read_someWeights_haveTheBitsOfTheFile() throws IOException {
        assertWeight("embeddings.word_embeddings.weight", "b0825a18");
        assertWeight("encoder.layer.0.attention.self.query.weight", "814a4673");
        assertWeight("encoder.layer.5.intermediate.dense.weight", "52cd767b");
        assertWeight("encoder.layer.5.output.LayerNorm.bias", "5f1684ff");
    }

    /** A Gemm with transB, hence the one weight that the file holds as [out, in]; e544cc77 is the file's order. */
    @Test
    void read_pooler_isTurned() throws IOException {
        assertWeight("pooler.dense.weight", "b923dc7d");
        assertEquals(
                "e544cc77",
                crc32(model.weights().read("pooler.dense.weight").transpose().dup('c')));
    }

    private static void assertWeight(String name, String crc32) throws IOException {
        INDArray array = model.weights().read(name);
        assertEquals(crc32, crc32(array), name);
        array.close();
    }

    /** CRC-32 of the elements as little-endian bytes in 'c' order. */
    static String crc32(INDArray array) {
        FloatBuffer values = array.data().asNioFloat();
        ByteBuffer bytes = ByteBuffer.allocate(values.remaining() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return Long.toHexString(crc.getValue());
    }

    @Test
    void fingerprint_ofTheArtifact_staysWhatItIs() throws IOException {
        assertEquals("6da3f2df", model.fingerprint());
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
        assertTrue(
                e.getMessage()
                        .startsWith(
                                "model 'maxilm': there is no such folder or file; expected minilm, bge-small, e5-small, bge-small-zh, bert-base"),
                e.getMessage());
        assertFalse(model.weights().has("encoder.layer.6.output.dense.weight"));
    }
}
