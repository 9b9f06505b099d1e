package org.lsradapt.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.serving.ServedFixture.ALL;
import static org.lsradapt.serving.ServedFixture.BACKEND;
import static org.lsradapt.serving.ServedFixture.QUERY_VALUE;
import static org.lsradapt.serving.ServedFixture.lsr;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class MultiAdapterModelTest {
    private static final String BASE = MultiAdapterModel.BASE;

    /** Adapters that differ in all they can, with heads of 2, 3 and 1 outputs; the caller's map keeps the originals. */
    private static MultiAdapterModel model(ServedFixture fixture, Map<String, AdapterSet> originals) {
        originals.put("colours", fixture.adapters(QUERY_VALUE, LsrConfig.defaults(), 1));
        originals.put("shapes", fixture.adapters(ALL, LsrConfig.lora(3, 1), 2));
        originals.put(
                "sizes",
                fixture.adapters(".*layers?\\.[12]\\.((output|intermediate)\\.dense|mlp\\..*)", lsr(5, 2, true), 3));
        MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND);
        int[] outputs = {2, 3, 1};
        int i = 0;
        for (Map.Entry<String, AdapterSet> entry : originals.entrySet()) {
            try (SequenceHead head = fixture.head(outputs[i], 10 + i)) {
                model.add(entry.getKey(), entry.getValue(), head);
            }
            i++;
        }
        return model;
    }

    /** Random weights plus updates: an encoder whose plain product is the adapted one. */
    private record Merged(WeightSource source, Map<String, INDArray> deltas) implements WeightSource {
        @Override
        public boolean has(String name) {
            return source.has(name);
        }

        @Override
        public INDArray read(String name) throws IOException {
            INDArray weight = source.read(name);
            INDArray delta = name.endsWith(".weight") ? deltas.get(name.substring(0, name.length() - 7)) : null;
            return delta == null ? weight : weight.castTo(DataType.DOUBLE).add(delta);
        }
    }

    private static Map<String, INDArray> deltas(AdapterSet adapters, double weight) {
        Map<String, INDArray> deltas = new HashMap<>();
        adapters.lsrAdapters().forEach(a -> deltas.put(a.name(), a.deltaWeight().muli(weight)));
        return deltas;
    }

    private static INDArray mergedFeatures(
            ServedFixture fixture, Map<String, INDArray> deltas, List<TokenSequence> batch) {
        WeightSource source = new Merged(new RandomWeights(fixture.model, true), deltas);
        try (TransformerWeights merged = fixture.weights(source, DataType.DOUBLE)) {
            return ServedFixture.plainFeatures(merged, batch);
        }
    }

    @Test
    void outputs_thatAreNotFinite_areErrors() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
        List<TokenSequence> batch = fixture.sequences(4, 7, 3);
        try (MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND);
                SequenceHead head = fixture.head(3, 1);
                AdapterSet adapters = fixture.adapters(QUERY_VALUE, lsr(2, 3, false), 2)) {
            head.values().putScalar(0, Float.NaN);
            model.add("head", head);
            String message = assertThrows(NonFiniteOutputException.class, () -> model.predict(batch, "head"))
                    .getMessage();
            assertTrue(message.startsWith("predict: output 0 of sequence 0 is NaN, expected finite numbers"), message);
            adapters.values().assign(1e30);
            model.add("adapters", adapters);
            assertThrows(
                    NonFiniteOutputException.class,
                    () -> model.embed(batch, List.of("adapters", "adapters"), Pooling.MEAN, true));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "DEBERTA", "LLAMA", "PHI3"})
    void featuresAndPredict_mixedBatchInDouble_equalMergedWeightsAndModelsOfTheirOwn(SmallModel family) {
        ServedFixture fixture = new ServedFixture(family, DataType.DOUBLE);
        Map<String, AdapterSet> originals = new LinkedHashMap<>();
        List<TokenSequence> batch = fixture.sequences(4, 7, 1, 19, 2, 13, 7, 5);
        List<String> names = List.of("sizes", "colours", BASE, "shapes", "shapes", "colours", "sizes");
        try (MultiAdapterModel model = model(fixture, originals)) {
            INDArray features = model.features(batch, names);
            Map<String, INDArray> expected = new HashMap<>(Map.of(BASE, mergedFeatures(fixture, Map.of(), batch)));
            originals.forEach((name, set) -> expected.put(name, mergedFeatures(fixture, deltas(set, 1), batch)));
            for (int i = 0; i < batch.size(); i++) {
                INDArray row = expected.get(names.get(i)).getRow(i);
                assertTrue(RandomArrays.relativeError(row, features.getRow(i)) < 1e-11, "sequence " + i);
            }
            List<String> adapted = names.stream()
                    .map(name -> name.equals(BASE) ? "sizes" : name)
                    .toList();
            double[][] scores = model.predict(batch, adapted);
            int[] outputs = {2, 3, 1};
            int n = 0;
            for (Map.Entry<String, AdapterSet> entry : originals.entrySet()) {
                try (SequenceHead head = fixture.head(outputs[n], 10 + n);
                        AdaptedModel own = SequenceModels.of(
                                fixture.encoder, entry.getValue(), head, Loss.SQUARED_ERROR, BACKEND)) {
                    double[][] alone = own.predict(batch);
                    for (int i = 0; i < batch.size(); i++) {
                        if (adapted.get(i).equals(entry.getKey())) {
                            assertArrayEquals(alone[i], scores[i], 1e-11);
                        }
                    }
                }
                n++;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void mixedBatch_anyMixture_givesEachSequenceTheBitsItHasWithoutTheOthersAdapters(SmallModel family) {
        ServedFixture fixture = new ServedFixture(family, DataType.FLOAT);
        Random random = new Random(6);
        try (MultiAdapterModel model = model(fixture, new LinkedHashMap<>())) {
            for (int[] lengths : new int[][] {{1}, {37}, {5, 37, 3}, {8, 8, 8, 8}, {3, 1, 17, 2, 9, 31, 1, 16, 11}}) {
                List<TokenSequence> batch = fixture.sequences(lengths.length, lengths);
                INDArray plain = ServedFixture.plainFeatures(fixture.encoder, batch);
                assertBits(plain, model.features(batch, BASE));
                Map<String, INDArray> alone = new HashMap<>(Map.of(BASE, plain));
                Map<String, double[][]> scores = new HashMap<>();
                model.names().forEach(name -> alone.put(name, model.features(batch, name)));
                model.names().forEach(name -> scores.put(name, model.predict(batch, name)));
                for (int round = 0; round < 6; round++) {
                    List<String> names = IntStream.range(0, lengths.length)
                            .mapToObj(i ->
                                    List.of("colours", "shapes", "sizes", BASE).get(random.nextInt(4)))
                            .toList();
                    INDArray mixed = model.features(batch, names);
                    for (int i = 0; i < names.size(); i++) {
                        assertBits(alone.get(names.get(i)).getRow(i), mixed.getRow(i));
                    }
                    List<String> adapted = names.stream()
                            .map(n -> n.equals(BASE) ? "colours" : n)
                            .toList();
                    double[][] predicted = model.predict(batch, adapted);
                    for (int i = 0; i < names.size(); i++) {
                        assertArrayEquals(scores.get(adapted.get(i))[i], predicted[i]);
                    }
                }
            }
        }
    }

    private static void assertBits(INDArray expected, INDArray actual) {
        assertArrayEquals(
                expected.dup('c').data().asFloat(), actual.dup('c').data().asFloat());
    }

    @Test
    void combine_weightedAdapters_equalMergedSumOfUpdates() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.DOUBLE);
        Map<String, AdapterSet> originals = new LinkedHashMap<>();
        List<TokenSequence> batch = fixture.sequences(8, 4, 21, 9);
        try (MultiAdapterModel model = model(fixture, originals)) {
            model.combine("sum", Map.of("colours", 0.6, "shapes", -0.3, "sizes", 1.5), "shapes");
            model.combine("half", Map.of("sum", 0.5));
            Map<String, INDArray> deltas = deltas(originals.get("colours"), 0.6);
            deltas(originals.get("shapes"), -0.3).forEach((layer, delta) -> deltas.merge(layer, delta, INDArray::add));
            deltas(originals.get("sizes"), 1.5).forEach((layer, delta) -> deltas.merge(layer, delta, INDArray::add));
            List.of("colours", "shapes", "sizes").forEach(model::remove);
            assertEquals(List.of("sum", "half"), model.names());
            INDArray expected = mergedFeatures(fixture, deltas, batch);
            assertTrue(RandomArrays.relativeError(expected, model.features(batch, "sum")) < 1e-11);
            assertEquals(3, model.predict(batch, "sum")[0].length);
            deltas.values().forEach(delta -> delta.muli(0.5));
            INDArray half = mergedFeatures(fixture, deltas, batch);
            assertTrue(RandomArrays.relativeError(half, model.features(batch, "half")) < 1e-11);
        }
    }

    @Test
    void headAlone_isTheBaseModelWithAHead() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
        List<TokenSequence> batch = fixture.sequences(8, 4, 21, 9);
        try (MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND);
                SequenceHead head = fixture.head(4, 1);
                AdaptedModel own = SequenceModels.of(fixture.encoder, null, head, Loss.CROSS_ENTROPY, BACKEND)) {
            model.add("head", head);
            double[][] expected = own.predict(batch);
            double[][] actual = model.predict(batch, "head");
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], actual[i], 1e-4);
            }
            assertBits(ServedFixture.plainFeatures(fixture.encoder, batch), model.features(batch, "head"));
        }
    }

    @Test
    void replacedByOneHalf_hasTheOtherNoMore() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
        List<TokenSequence> batch = fixture.sequences(8, 4, 21, 9);
        AdapterSet adapters = fixture.adapters(QUERY_VALUE, LsrConfig.defaults(), 1);
        try (MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND);
                SequenceHead head = fixture.head(4, 1)) {
            model.add("a", adapters, head);
            INDArray adapted = model.features(batch, "a");
            model.replace("a", adapters);
            assertBits(adapted, model.features(batch, "a"));
            assertMessage(
                    "predict: 'a' has no head; features gives its hidden states", () -> model.predict(batch, "a"));
            model.replace("a", head);
            assertBits(ServedFixture.plainFeatures(fixture.encoder, batch), model.features(batch, "a"));
            assertEquals(4, model.predict(batch, "a")[0].length);
        }
    }

    @Test
    void whatIsRefused_saysWhatThereIsAndChangesNothing() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
        ServedFixture exact = new ServedFixture(SmallModel.BERT, DataType.DOUBLE);
        ServedFixture roberta = new ServedFixture(SmallModel.ROBERTA, DataType.FLOAT);
        Map<String, AdapterSet> originals = new LinkedHashMap<>();
        List<TokenSequence> batch = fixture.sequences(9, 3, 8);
        MultiAdapterModel model = model(fixture, originals);
        model.combine("bare", Map.of("colours", 1.0));
        AdapterSet colours = originals.get("colours");
        double[][] before = model.predict(batch, "colours");
        String all = "colours, shapes, sizes, bare";
        String taken = "add adapter: 'colours' is there already, beside " + all + "; expected another name";
        String unknown = "unknown adapter 'sounds', expected one of " + all;
        assertMessage(taken, () -> model.add("colours", originals.get("shapes")));
        assertMessage(taken, () -> model.combine("colours", Map.of("shapes", 1.0)));
        assertMessage("add adapter: the name 'base' stands for no adapter", () -> model.add(BASE, colours));
        assertMessage("add adapter: the name is blank", () -> model.add(" ", colours));
        assertMessage(unknown, () -> model.predict(batch, "sounds"));
        assertMessage(unknown, () -> model.features(batch, List.of("colours", "sounds")));
        assertMessage(unknown, () -> model.remove("sounds"));
        assertMessage(unknown, () -> model.replace("sounds", colours));
        assertMessage(unknown, () -> model.combine("new", Map.of("sounds", 1.0)));
        assertMessage(unknown, () -> model.combine("new", Map.of("shapes", 1.0), "sounds"));
        assertMessage(unknown.replace("sounds", "null"), () -> model.predict(batch, Arrays.asList("sizes", null)));
        assertMessage(
                "combine: weight NaN of adapter 'shapes', expected a finite number",
                () -> model.combine("new", Map.of("shapes", Double.NaN)));
        assertMessage("combine: no adapters, expected at least one", () -> model.combine("new", Map.of()));
        String noHead = "predict: 'bare' has no head; features gives its hidden states";
        assertMessage(noHead, () -> model.predict(batch, "bare"));
        assertMessage(noHead.replace("bare", BASE), () -> model.predict(batch, List.of("colours", BASE)));
        assertMessage("predict: 2 sequences and 1 names of adapters", () -> model.predict(batch, List.of("colours")));
        assertMessage(
                "add adapter: new is DOUBLE, expected FLOAT (as the base model)",
                () -> model.add("new", exact.adapters(QUERY_VALUE, LsrConfig.defaults(), 1)));
        assertThrows(IllegalArgumentException.class, () -> model.add("new", colours, roberta.head(2, 1)));
        assertEquals(List.of("colours", "shapes", "sizes", "bare"), model.names());
        assertArrayEquals(before, model.predict(batch, "colours"));
        model.close();
        assertThrows(IllegalStateException.class, () -> model.predict(batch, "colours"));
        assertThrows(IllegalStateException.class, () -> model.features(batch, BASE));
        assertThrows(IllegalStateException.class, () -> model.add("new", colours));
        model.close();
    }

    @Test
    void add_ofASavedAdapter_servesAfterItIsClosed(@TempDir Path folder) throws IOException {
        ServedFixture fixture = new ServedFixture(SmallModel.ROBERTA, DataType.FLOAT);
        List<TokenSequence> batch = fixture.sequences(8, 4, 21, 9);
        TaskDescription task = new ClassificationDescription("colours", List.of("red", "green", "blue"), false);
        AdapterFolder.save(
                folder,
                new AdapterCard("tiny", "bert", "0123", task, 16),
                fixture.adapters(ALL, lsr(2, 3, true), 5),
                fixture.head(3, 6));
        try (MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND)) {
            double[][] expected;
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, fixture.encoder, "tiny", "0123", BACKEND)) {
                model.add("colours", saved);
                expected = restored.predict(batch);
            }
            double[][] actual = model.predict(batch, "colours");
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], actual[i], 1e-4);
            }
        }
    }

    @Test
    void memory_ofARemovedAdapter_isFreedByTheLastUser() {
        ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
        AdapterSet adapters = fixture.adapters(QUERY_VALUE, LsrConfig.defaults(), 1);
        DenseUpdates updates = DenseUpdates.of(adapters);
        SequenceHead head = fixture.head(2, 1);
        ServedAdapter served = new ServedAdapter(Optional.of(updates), Optional.of(head));
        assertTrue(served.acquire());
        served.release();
        assertFalse(head.values().wasClosed());
        served.release();
        assertTrue(head.values().wasClosed());
        assertTrue(updates.find(adapters.lsrAdapters().get(0).name()).a().wasClosed());
        assertFalse(served.acquire());
    }

    private static void assertMessage(String message, Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
