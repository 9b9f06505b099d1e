package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.Resealed;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A second kind of adapter, mixed with LSR, in a folder. */
class KroneckerFolderTest {
    private static final Backend BACKEND = Backends.standard();
    private static final KroneckerConfig KRONA = KroneckerConfig.krona(1.5)
            .withSplits(FactorSplit.ofFirst(3), FactorSplit.ofFirst(2))
            .withSeed(5);
    private static final KroneckerConfig KADAPTATION = KroneckerConfig.kadaptation(3, 1, 20);
    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).alpha(0.7).termWeights(true).build();

    @TempDir
    Path folder;

    private static List<FrozenLinear> layers(DataType type) {
        return List.of(
                FrozenLinear.of("first", RandomArrays.normal(new Random(1), type, 12, 10)),
                FrozenLinear.of("middle", RandomArrays.normal(new Random(2), type, 9, 8)),
                FrozenLinear.of("last", RandomArrays.normal(new Random(3), type, 6, 10)));
    }

    private static AdapterConfig config(FrozenLinear layer) {
        return layer.name().equals("middle") ? LSR : KRONA;
    }

    private static AdapterSet random(AdapterSet set) {
        set.values().assign(RandomArrays.normal(new Random(4), set.values().dataType(), set.parameterCount()));
        set.materialize();
        return set;
    }

    /** First and last layer by KronA, the middle one by LSR. */
    private static AdapterSet mixed() {
        return random(AdapterSet.create(layers(DataType.FLOAT), KroneckerFolderTest::config, BACKEND));
    }

    private static void assertSame(AdapterSet expected, AdapterSet found) {
        List<String> names =
                expected.adapters().stream().map(LayerAdapter::name).toList();
        assertEquals(names, found.adapters().stream().map(LayerAdapter::name).toList());
        for (int i = 0; i < names.size(); i++) {
            LayerAdapter one = expected.adapters().get(i);
            LayerAdapter other = found.adapters().get(i);
            assertEquals(one.config(), other.config());
            for (int p = 0; p < one.parameters().size(); p++) {
                INDArray value = one.parameters().get(p).value();
                INDArray same = other.parameters().get(p).value();
                assertArrayEquals(value.shape(), same.shape());
                assertArrayEquals(
                        value.dup('c').data().asDouble(), same.dup('c').data().asDouble());
            }
        }
    }

    @Test
    void mixedSet_savedAndLoaded_isTheSameToTheBit() throws IOException {
        Path again = folder.resolve("again");
        try (AdapterSet set = mixed()) {
            AdapterFolder.save(folder, set);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    AdapterSet found = saved.adapters(layers(DataType.FLOAT), BACKEND);
                    AdapterSet wide = saved.adapters(layers(DataType.DOUBLE), BACKEND)) {
                assertEquals(List.of("first", "middle", "last"), saved.layerNames());
                assertEquals(set.parameterCount(), saved.adapterParameterCount());
                assertSame(set, found);
                assertSame(set, wide);
                assertArrayEquals(
                        set.find("last").orElseThrow().deltaWeight().data().asFloat(),
                        found.find("last").orElseThrow().deltaWeight().data().asFloat());
                AdapterFolder.save(again, found);
            }
        }
        String text = Files.readString(folder.resolve("adapter_config.json"));
        assertTrue(text.contains("\"peft_type\" : \"KRONECKER\""), text);
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(-1, Files.mismatch(folder.resolve(name), again.resolve(name)), name);
        }
    }

    @Test
    void mixedSet_withAHead_restoredOnItsModel_predictsTheSame() throws IOException {
        TaskDescription task = new RegressionDescription("heat", false);
        AdapterCard card = new AdapterCard("small", SmallModel.BERT.family().modelType(), "0123abcd", task, 16);
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet set = random(AdapterSet.create(
                        weights.linearLayers(), layer -> layer.name().contains(".self.") ? KRONA : LSR, BACKEND));
                SequenceHead head = new SequenceHead(weights, 1, 3)) {
            AdapterFolder.save(folder, card, set, head);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, weights, "small", "0123abcd", BACKEND)) {
                assertEquals(card, saved.card().orElseThrow());
                assertSame(set, restored.adapters().orElseThrow());
                assertArrayEquals(
                        head.values().data().asFloat(),
                        restored.head().orElseThrow().values().data().asFloat());
            }
        }
    }

    @Test
    void whatIsAboutLsrAlone_mixedFolder_isRefusedByNameOfLayerAndKind() throws IOException {
        try (AdapterSet set = mixed()) {
            AdapterFolder.save(folder, set);
            Path other = folder.resolve("other");
            assertEquals(
                    "save adapter: layer first is adapted by kind 'kronecker', which is stored in fp32 alone, found int8",
                    assertThrows(IllegalStateException.class, () -> AdapterFolder.save(other, set, Precision.INT8))
                            .getMessage());
            assertTrue(Files.notExists(other));
        }
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            for (Runnable call : List.<Runnable>of(saved::layers, saved::configs)) {
                assertEquals(
                        folder + ": layer first is adapted by kind 'kronecker', expected 'lsr' here",
                        assertThrows(IllegalStateException.class, call::run).getMessage());
            }
        }
    }

    @Test
    void layersThatDoNotFit_areRefused() throws IOException {
        try (AdapterSet set = mixed()) {
            AdapterFolder.save(folder, set);
        }
        List<FrozenLinear> layers = layers(DataType.FLOAT);
        FrozenLinear wider = FrozenLinear.of("last", RandomArrays.normal(new Random(3), DataType.FLOAT, 6, 12));
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals(
                    folder + ": layer 'last' is adapted as [6, 10], the model's is [6, 12]",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> saved.adapters(List.of(layers.get(0), layers.get(1), wider), BACKEND))
                            .getMessage());
        }
    }

    @Test
    void contextClassLoaderOfAnythingElse_findsTheLibrarysKinds() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader all = thread.getContextClassLoader();
        try (AdapterSet set = mixed()) {
            thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
            AdapterFolder.save(folder, set);
            AdapterFolder.load(folder).close();
        } finally {
            thread.setContextClassLoader(all);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "KRONECKER | LOHA | field \"adapters[0].peft_type\": found LOHA, the kinds of adapters on the class path are LSR, LSR_SHARED, KRONECKER",
                "\"peft_type\" : \"KRONECKER\", | | field \"adapters[0].peft_type\": missing, expected a string",
                "\"storage\" | \"peft_type\" : \"LSR\", \"storage\" | field \"peft_type\": not known",
                "\"storage\" : \"fp32\" | \"storage\" : \"int8\" | \"storage\": found int8, but layer first is of KRONECKER, which is stored in fp32 alone",
                "[ 3, 0 ] | [ 5, 0 ] | kronecker_first' and its fellow factors: the input width is 12, expected a multiple of 5",
                "[ 3, 0 ] | [ 6, 0 ] | kronecker_first' is [1, 3, 2], adapter_config.json asks for [1, 6, 2]",
                "[ 3, 0 ] | [ 3, 1 ] | field \"adapters[0]\": split: widths 3 and 1, expected one of them and 0 for the other",
                "[ 3, 0 ] | [ 3 ] | field \"adapters[0].in_split\": found [3], expected two widths",
                "\"terms\" : 1 | \"terms\" : 2 | kronecker_first' is [1, 3, 2], adapter_config.json asks for [2, *, *]",
                "\"method\" : \"krona\" | \"method\" : \"loha\" | unknown Kronecker method 'loha', expected one of lokr, krona",
                "\"rank\" : 0 | \"r\" : 3 | field \"adapters[0].r\": not known, expected method, terms, in_split, out_split",
                "\"rank\" : 0 | \"rank\" : 0.5 | field \"adapters[0].rank\": found 0.5, expected a whole number",
                "\"last\" | \"other\" | there is no tensor 'base_model.model.other.kronecker_first'",
                "\"first\", \"last\" | \"first\" | kronecker_first' is not one that adapter_config.json asks for",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        try (AdapterSet set = mixed()) {
            AdapterFolder.save(folder, set);
        }
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }

    @Test
    void damagedTensors_areRefused() throws IOException {
        try (AdapterSet set = mixed()) {
            AdapterFolder.save(folder, set);
        }
        Path tensors = folder.resolve("adapter_model.safetensors");
        byte[] bytes = Files.readAllBytes(tensors);
        bytes[bytes.length - 1] ^= 4;
        Files.write(tensors, bytes);
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(tensors + ": altered, found"), message);
    }

    private static List<FrozenLinear> squares() {
        return List.of(
                FrozenLinear.of("0.query", RandomArrays.normal(new Random(1), DataType.FLOAT, 12, 12)),
                FrozenLinear.of("1.query", RandomArrays.normal(new Random(2), DataType.FLOAT, 12, 12)),
                FrozenLinear.of("1.value", RandomArrays.normal(new Random(3), DataType.FLOAT, 12, 12)));
    }

    @Test
    void sharedParameters_savedWithEachLayer_countOnceAndAreThoseOfAll() throws IOException {
        try (AdapterSet set = random(AdapterSet.create(squares(), KADAPTATION, BACKEND))) {
            AdapterFolder.save(folder, set);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    AdapterSet found = saved.adapters(squares(), BACKEND)) {
                assertEquals(set.parameterCount(), saved.adapterParameterCount());
                assertEquals(2 * 3 * 6 + 3 * 3 * 8, saved.adapterParameterCount());
                assertEquals(KADAPTATION, saved.config("1.query"));
                assertSame(set, found);
            }
        }
    }

    @Test
    void sharedParameters_thatDiffer_areRefused() throws IOException {
        try (AdapterSet one = random(AdapterSet.create(squares().subList(0, 1), KADAPTATION, BACKEND));
                AdapterSet both = random(AdapterSet.create(squares().subList(0, 2), KADAPTATION, BACKEND))) {
            AdapterFolder.save(folder, both);
            Path tensors = folder.resolve("adapter_model.safetensors");
            byte[] bytes = Files.readAllBytes(tensors);
            byte[] value = ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(one.values().getFloat(0))
                    .array();
            int last = lastIndexOf(bytes, value);
            bytes[last] ^= 1;
            Files.write(tensors, bytes);
            Path config = folder.resolve("adapter_config.json");
            Files.write(config, Resealed.config(Files.readAllBytes(config), bytes));
            String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                    .getMessage();
            assertTrue(
                    message.contains(
                            "base_model.model.1.query.kronecker_first_in' differs from that of layer '0.query'"),
                    message);
        }
    }

    private static int lastIndexOf(byte[] bytes, byte[] part) {
        for (int at = bytes.length - part.length; at >= 0; at--) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("not found");
    }
}
