package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterForm;
import org.lsradapt.adapters.FormOnBase;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.classification.TextRegressor;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Users that agree with a shared classifier, and users that call everything the other way about. */
class PerKeyTrainingTest {
    private static final List<String> CLASSES = List.of("no", "yes");
    private static final TrainingConfig CONFIG = TrainingConfig.builder()
            .epochs(30)
            .batchSize(8)
            .learningRate(0.03)
            .headLearningRate(0.2)
            .build();

    @TempDir
    static Path shared;

    private static BaseModel base;
    private static Path adapter;

    @TempDir
    Path folder;

    private final List<KeyOutcome> told = new ArrayList<>();

    @BeforeAll
    static void trainShared() throws IOException {
        base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(shared.resolve("base")), 1)
                .toString());
        adapter = shared.resolve("adapter");
        try (TextClassifier classifier = TextClassifier.on(base)
                .adapters(LsrConfig.builder().separationRank(1).build())
                .config(CONFIG.toBuilder().epochs(10).build())
                .train(texts(80, false), texts(20, false))) {
            classifier.save(adapter);
        }
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static List<LabelledText> texts(int count, boolean reversed) {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean yes = i % 2 == 0;
            String text = (yes ? "hello " : "cafe ") + "world ".repeat(1 + i / 2 % 3) + ", wo ".repeat(i / 6 % 7);
            texts.add(LabelledText.of(text.strip(), CLASSES.get(yes != reversed ? 1 : 0)));
        }
        return texts;
    }

    private static KeyedTexts keyed(Map<String, List<LabelledText>> texts) {
        return KeyedTexts.of(CLASSES, texts);
    }

    private static KeyedTexts users() {
        return keyed(
                Map.of("ada", texts(40, false), "ben", texts(40, true), "eve", texts(8, true), "zoe", texts(36, true)));
    }

    private KeyOutcomes train(KeyedTexts texts, AdapterStore store) throws IOException {
        told.clear();
        return PerKeyTraining.from(base, adapter)
                .config(CONFIG)
                .listener(told::add)
                .train(texts, store);
    }

    private AdapterStore store(String name) throws IOException {
        return AdapterStore.open(folder.resolve(name), base);
    }

    private static Map<String, KeyOutcome.Status> statuses(KeyOutcomes outcomes) {
        Map<String, KeyOutcome.Status> statuses = new TreeMap<>();
        outcomes.all().forEach(one -> statuses.put(one.key(), one.status()));
        return statuses;
    }

    private static void requireEqual(AdapterStore expected, AdapterStore found, String key) throws IOException {
        PackedAdapter one = expected.get(key).orElseThrow();
        PackedAdapter other = found.get(key).orElseThrow();
        assertEquals(one.form(), other.form());
        assertArrayEquals(one.numbers(), other.numbers());
        assertArrayEquals(one.headNumbers(), other.headNumbers());
    }

    @Test
    void train_putsThoseThatGain_andReportsAll() throws IOException {
        try (AdapterStore store = store("users.store")) {
            KeyOutcomes outcomes = train(users(), store);
            assertEquals(
                    Map.of(
                            "ada", KeyOutcome.Status.REFUSED,
                            "ben", KeyOutcome.Status.KEPT,
                            "eve", KeyOutcome.Status.TOO_FEW_ROWS,
                            "zoe", KeyOutcome.Status.KEPT),
                    statuses(outcomes));
            assertEquals(List.of("ben", "zoe"), store.firstKeys(9));
            assertEquals(3, told.size());
            String csv = outcomes.csv();
            assertTrue(
                    csv.startsWith(
                            "key,rows,held_out,shared,own,gain,status,parts,chance\nada,40,40,1.0000,1.0000,0.0000,"),
                    csv);
            assertTrue(csv.contains("\nben,40,40,0.0000,1.0000,1.0000,kept,head,0.0000\n"), csv);
            assertTrue(csv.contains("\neve,8,0,,,,too_few_rows,,\n"), csv);
            assertEquals(2.0 / 3, outcomes.meanGain(), 0.1);
            // One gain of 0 and two of about 1: deviation 0.58, over the root of 3.
            assertEquals(1.96 / 3, outcomes.meanGainError(), 0.1);
        }
    }

    @Test
    void train_again_trainsWhatHasChangedAlone_toTheBit() throws IOException {
        try (AdapterStore once = store("once");
                AdapterStore twice = store("twice")) {
            KeyOutcomes first = train(users(), once);
            train(keyed(Map.of("zoe", texts(36, true))), twice);
            requireEqual(once, twice, "zoe");
            KeyOutcomes second = train(users(), twice);
            assertEquals(
                    List.of("ada", "ben"), told.stream().map(KeyOutcome::key).toList());
            assertEquals(first, second);
            requireEqual(once, twice, "ben");
            assertEquals(1, twice.versions("zoe").size());

            Map<String, List<LabelledText>> more = Map.of("ben", texts(44, true), "zoe", texts(36, true));
            train(keyed(more), twice);
            assertEquals(List.of("ben"), told.stream().map(KeyOutcome::key).toList());
            assertEquals(2, twice.versions("ben").size());

            assertTrue(twice.remove("zoe"));
            train(keyed(more), twice);
            assertEquals(List.of("zoe"), told.stream().map(KeyOutcome::key).toList());
            requireEqual(once, twice, "zoe");
        }
    }

    @Test
    void removeOfARefusedKey_forgetsItsOutcome() throws IOException {
        KeyedTexts ada = keyed(Map.of("ada", texts(40, false)));
        try (AdapterStore store = store("users.store")) {
            train(ada, store);
            train(ada, store);
            assertEquals(0, told.size());
            assertTrue(store.knows("ada"));
            assertFalse(store.remove("ada", 1));
            assertTrue(store.remove("ada"));
            assertFalse(store.knows("ada"));
            assertFalse(store.remove("ada"));
            train(ada, store);
            assertEquals(1, told.size());
        }
    }

    @Test
    void heldOutPart_decidesOnItAlone_andPartsAreTriedInOrder() throws IOException {
        try (AdapterStore store = store("users.store")) {
            KeyOutcomes outcomes = PerKeyTraining.from(base, adapter)
                    .config(CONFIG)
                    .parts(List.of(KeyParts.COEFFICIENTS, KeyParts.ADAPTER_AND_HEAD))
                    .heldOut(0.25)
                    .train(keyed(Map.of("ada", texts(40, false), "ben", texts(40, true))), store);
            KeyOutcome ada = outcomes.all().get(0);
            assertEquals(10, ada.scores().heldOut());
            assertEquals(KeyOutcome.Status.REFUSED, ada.status());
            assertEquals(KeyParts.ADAPTER_AND_HEAD, ada.parts());
            KeyOutcome ben = outcomes.all().get(1);
            assertEquals(KeyOutcome.Status.KEPT, ben.status());
            assertEquals(KeyParts.COEFFICIENTS, ben.parts());
        }
    }

    /** A user's head is 2·(8 + 1) numbers; its coefficients are two for each of four layers. */
    @Test
    void keys_haveTheirOwnNumbersAlone_andEqualTheFolderOfAll() throws IOException {
        LabelledData data = keyed(Map.of("ben", texts(40, true))).data("ben");
        PackedAdapter head = trained(KeyParts.HEAD, data);
        PackedAdapter shared = PackedAdapter.read(adapter);
        assertEquals(0, head.numbers().length);
        PackedAdapter coefficients = trained(KeyParts.COEFFICIENTS, data);
        int layers;
        try (SavedAdapter saved = shared.open("shared")) {
            layers = saved.layerNames().size();
        }
        assertEquals(2 * layers * Float.BYTES, coefficients.numbers().length);
        assertArrayEquals(shared.headNumbers(), coefficients.headNumbers());
        assertEquals(coefficients.form(), trained(KeyParts.COEFFICIENTS, data).form());
        assertEquals(
                coefficients.form(), AdapterForm.of("form", coefficients.form().bytes()));

        Path written = folder.resolve("written");
        head.write(written);
        PackedAdapter again = PackedAdapter.read(written);
        assertArrayEquals(shared.numbers(), again.numbers());
        assertArrayEquals(head.headNumbers(), again.headNumbers());

        byte[] bytes = coefficients.form().bytes();
        IOException cut =
                assertThrows(IOException.class, () -> AdapterForm.of("form", Arrays.copyOf(bytes, bytes.length - 3)));
        assertTrue(cut.getMessage().contains("places of its fixed numbers do not match"), cut.getMessage());
    }

    private static PackedAdapter trained(KeyParts parts, LabelledData data) throws IOException {
        try (KeyTrainer trainer = KeyTrainer.of(base, adapter, parts, CONFIG)) {
            return trainer.train(data).adapter();
        }
    }

    /** The sign test's chance, and how many of 300 users whose adapters are no better than the shared one it lets pass. */
    @Test
    void chance_isTheSignTests_andKeepsFewAdaptersThatAreNoBetter() {
        assertEquals(1.0 / 32, outcome(40, 5, 0).chance(), 1e-12);
        // (1 + 8 + 28) / 256
        assertEquals(37.0 / 256, outcome(40, 6, 2).chance(), 1e-12);
        assertEquals(1, outcome(40, 0, 7).chance(), 1e-12);
        assertEquals(1, outcome(40, 0, 0).chance(), 1e-12);
        assertEquals(0.5, outcome(9000, 2000, 2000).chance(), 0.01);

        Random random = new Random(1);
        int kept = 0;
        double cost = 0;
        for (int user = 0; user < 300; user++) {
            int gained = 0;
            int lost = 0;
            for (int row = 0; row < 60; row++) {
                // Right on 8 % of the rows that the shared one misses, wrong on 10 % of the others: 2 points worse.
                double drawn = random.nextDouble();
                gained += drawn < 0.08 ? 1 : 0;
                lost += drawn > 0.90 ? 1 : 0;
            }
            boolean keeps = outcome(60, gained, lost).status() == KeyOutcome.Status.KEPT;
            kept += keeps ? 1 : 0;
            cost += keeps ? 0.02 / 300 : 0;
        }
        assertTrue(kept > 0 && kept < 15, "kept " + kept);
        assertTrue(cost < 0.002, "costs " + cost);
    }

    private static KeyOutcome outcome(int heldOut, int gained, int lost) {
        KeyTrainer.Scores scores = new KeyTrainer.Scores(heldOut, lost, gained, gained);
        return KeyOutcome.of("key", heldOut, KeyParts.HEAD, scores, 0, 0.1);
    }

    /** Labels without any relation to the texts: of twelve users, the test lets hardly any adapter pass. */
    @Test
    void train_onRandomLabels_keepsHardlyAny() throws IOException {
        Random random = new Random(7);
        Map<String, List<LabelledText>> users = new TreeMap<>();
        for (int user = 0; user < 12; user++) {
            users.put(
                    "user-" + user,
                    texts(32, false).stream()
                            .map(one -> LabelledText.of(one.text(), CLASSES.get(random.nextInt(2))))
                            .toList());
        }
        try (AdapterStore store = store("users.store")) {
            KeyOutcomes outcomes = PerKeyTraining.from(base, adapter)
                    .config(CONFIG.toBuilder().epochs(5).build())
                    .parts(List.of(KeyParts.HEAD))
                    .train(keyed(users), store);
            assertTrue(outcomes.count(KeyOutcome.Status.KEPT) <= 2, outcomes.csv());
        }
    }

    @Test
    void minGain_refusesWhatGainsLess() throws IOException {
        try (AdapterStore store = store("users.store")) {
            KeyOutcomes outcomes =
                    PerKeyTraining.from(base, adapter).config(CONFIG).minGain(1).train(users(), store);
            assertEquals(3, outcomes.count(KeyOutcome.Status.REFUSED));
            assertEquals(0, store.size());
        }
    }

    @Test
    void servedKeys_mixedWithTheSharedOne_answerEachInItsWay() throws IOException {
        Path file = folder.resolve("users.store");
        try (AdapterStore store = AdapterStore.open(file, base)) {
            train(users(), store);
            store.put("shared", adapter);
        }
        try (AdapterStore store = AdapterStore.open(file, base);
                MultiAdapterModel model = new MultiAdapterModel(base, Backends.standard(), ServedSource.of(store))) {
            TokenSequence hello = base.tokenizer().encode("hello world", null, 16);
            double[][] outputs = model.predict(List.of(hello, hello, hello), List.of("ben", "shared", "zoe"));
            assertTrue(outputs[0][0] > outputs[0][1], "ben says no");
            assertTrue(outputs[1][0] < outputs[1][1], "the others say yes");
            assertTrue(outputs[2][0] > outputs[2][1], "zoe says no");
        }
    }

    /** Users of all parts in one batch, from the store, against the folders that it writes. */
    @Test
    void servedParts_answerAsTheirFoldersDo_andWithoutMatricesForCoefficients() throws IOException {
        LabelledData data = keyed(Map.of("ben", texts(40, true))).data("ben");
        Path file = folder.resolve("parts.store");
        List<String> names = new ArrayList<>();
        try (MultiAdapterModel folders = new MultiAdapterModel(base.weights(), Backends.standard())) {
            try (AdapterStore store = AdapterStore.open(file, base)) {
                for (KeyParts parts : KeyParts.values()) {
                    PackedAdapter trained = trained(parts, data);
                    store.put(parts.label(), trained);
                    names.add(parts.label());
                    Path written = folder.resolve(parts.name());
                    trained.write(written);
                    try (SavedAdapter saved = AdapterFolder.load(written)) {
                        folders.add(parts.label(), saved);
                    }
                }
            }
            names.add(MultiAdapterModel.BASE);
            try (AdapterStore store = AdapterStore.open(file, base);
                    MultiAdapterModel model =
                            new MultiAdapterModel(base, Backends.standard(), ServedSource.of(store))) {
                TokenSequence hello = base.tokenizer().encode("hello world", null, 16);
                List<TokenSequence> batch = Collections.nCopies(names.size(), hello);
                INDArray expected = folders.features(batch, names);
                INDArray found = model.features(batch, names);
                assertTrue(expected.equalsWithEps(found, 1e-4), "found " + found + ", expected " + expected);
                double[][] outputs = model.predict(batch.subList(0, 4), names.subList(0, 4));
                double[][] ofFolders = folders.predict(batch.subList(0, 4), names.subList(0, 4));
                for (int i = 0; i < outputs.length; i++) {
                    assertArrayEquals(ofFolders[i], outputs[i], 1e-4, names.get(i));
                }
            }
        }
        PackedAdapter coefficients = trained(KeyParts.COEFFICIENTS, data);
        try (FormOnBase form = new FormOnBase("form", coefficients, base, Backends.standard());
                DenseUpdates updates = form.updates(coefficients).orElseThrow()) {
            assertEquals(coefficients.numbers().length, updates.bytes());
        }
        SequenceHead head;
        try (FormOnBase form = new FormOnBase("form", coefficients, base, Backends.standard())) {
            head = form.head(coefficients).orElseThrow();
            try (SequenceHead ofAnother = form.head(coefficients).orElseThrow()) {
                assertSame(head, ofAnother);
            }
            byte[] zeros = new byte[coefficients.headNumbers().length];
            PackedAdapter changed = new PackedAdapter(coefficients.form(), coefficients.numbers(), zeros);
            try (SequenceHead other = form.head(changed).orElseThrow()) {
                assertEquals(0, other.values().normmaxNumber().doubleValue());
            }
        }
        assertFalse(head.isShared() || head.values().wasClosed());
        head.close();
        assertTrue(head.values().wasClosed());
    }

    @Test
    void unfitArguments_areRefusedByName() throws IOException {
        try (AdapterStore store = store("users.store")) {
            assertMessage(
                    "the texts have classes [a, b], the shared adapter [no, yes]",
                    () -> train(new KeyedTexts(List.of("a", "b"), Map.of()), store));
            assertMessage("key 'base' stands for", () -> train(keyed(Map.of("base", texts(40, true))), store));
            assertMessage(
                    "key 'ada': unknown label \"perhaps\", expected one of no, yes",
                    () -> keyed(Map.of("ada", List.of(LabelledText.of("hello", "perhaps")))));
            assertMessage(
                    "found a pair of texts, expected single texts",
                    () -> train(
                            keyed(Map.of(
                                    "ada",
                                    texts(40, true).stream()
                                            .map(one -> LabelledText.pair(one.text(), "hello", one.label()))
                                            .toList())),
                            store));
            Path numbers = folder.resolve("numbers");
            try (TextRegressor regressor = TextRegressor.on(base)
                    .config(TrainingConfig.builder().epochs(1).build())
                    .train(List.of(LabelledText.of("hello", 1), LabelledText.of("cafe", 2)))) {
                regressor.save(numbers);
            }
            assertMessage("expected a classifier of texts", () -> KeyTrainer.of(base, numbers, CONFIG));
            Path lora = folder.resolve("lora");
            try (TextClassifier classifier = TextClassifier.on(base)
                    .adapters(LsrConfig.lora(1, 1))
                    .config(TrainingConfig.builder().epochs(1).build())
                    .train(texts(8, false), texts(4, false))) {
                classifier.save(lora);
            }
            assertMessage(
                    "has an adapter of kind 'lora', whose terms have no coefficients",
                    () -> KeyTrainer.of(base, lora, KeyParts.COEFFICIENTS, CONFIG));
        }
    }

    private static void assertMessage(String expected, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
