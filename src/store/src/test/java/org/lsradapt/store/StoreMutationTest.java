package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;

/**
 * Changes the bytes of a store's file: it is refused, or the damage is reported, or every answer is right. The property
 * {@code lsr.store.mutations} says how often.
 */
class StoreMutationTest {
    private static final int MUTATIONS = Integer.getInteger("lsr.store.mutations", 100);
    private static final int KEYS = 20;
    private static final int BLOCK = 4108;

    @TempDir
    static Path folder;

    /** The right answers of the store, by key. */
    private static final Map<String, byte[]> EXPECTED = new HashMap<>();

    private static byte[] clean;
    private static byte[] killed;

    private enum Outcome {
        REFUSED,
        REPORTED,
        RIGHT
    }

    @BeforeAll
    static void fill() throws IOException {
        Path file = folder.resolve("users.store");
        Path saved = folder.resolve("adapter");
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(saved, card, tiny.adapters, tiny.head, Precision.INT8);
            PackedAdapter adapter = PackedAdapter.read(saved);
            try (AdapterStore store = AdapterStore.open(file, base)) {
                for (int round = 0; round < 3; round++) {
                    Map<String, PackedAdapter> all = new HashMap<>();
                    for (int key = round; key < KEYS; key += round + 1) {
                        all.put("user-" + key, StoreWriter.version(adapter, key, round));
                    }
                    store.putAll(all);
                    all.forEach((key, put) -> EXPECTED.put(key, put.numbers()));
                    for (int key = round; key < KEYS; key += 11) {
                        store.remove("user-" + key);
                        EXPECTED.remove("user-" + key);
                    }
                }
                killed = Files.readAllBytes(file);
            }
        }
        clean = Files.readAllBytes(file);
    }

    @Test
    void mutationsOfAClosedStore_areNeverSilent(TestReporter reporter) throws IOException {
        requireNoneSilent(clean, 7, reporter);
    }

    @Test
    void mutationsOfAKilledProcessesStore_areNeverSilent(TestReporter reporter) throws IOException {
        requireNoneSilent(killed, 8, reporter);
    }

    private static void requireNoneSilent(byte[] content, long seed, TestReporter reporter) throws IOException {
        assertEquals(Outcome.RIGHT, outcome(content, "unchanged"));
        Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            counts.merge(outcome(mutated(content, i, random), "mutation " + i + " of seed " + seed), 1, Integer::sum);
        }
        assertTrue(counts.getOrDefault(Outcome.REFUSED, 0) + counts.getOrDefault(Outcome.REPORTED, 0) > MUTATIONS / 4);
        reporter.publishEntry("seed " + seed, counts.toString());
    }

    private static byte[] mutated(byte[] content, int kind, Random random) {
        byte[] bytes = content.clone();
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(3 * BLOCK));
        int blocks = (bytes.length - 2 * 4096) / BLOCK;
        int one = 2 * 4096 + random.nextInt(blocks) * BLOCK;
        int other = 2 * 4096 + random.nextInt(blocks) * BLOCK;
        switch (kind % 10) {
            case 0 -> bytes = Arrays.copyOf(bytes, at);
            case 1 -> bytes = Arrays.copyOf(bytes, bytes.length - 1 - random.nextInt(BLOCK));
            case 2 -> bytes = Arrays.copyOf(bytes, one);
            case 3 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 4 -> Arrays.fill(bytes, at, at + length, (byte) 0);
            case 5 -> fill(bytes, at, length, random);
            case 6 -> Arrays.fill(bytes, one, one + BLOCK, (byte) 0);
            case 7 -> {
                System.arraycopy(content, one, bytes, other, BLOCK);
                System.arraycopy(content, other, bytes, one, BLOCK);
            }
            case 8 -> System.arraycopy(content, one, bytes, other, BLOCK);
            default -> {
                // Of the header or behind the end.
                if (random.nextBoolean()) {
                    bytes[random.nextInt(2) * 4096 + random.nextInt(512)] ^= (byte) (1 << random.nextInt(8));
                } else {
                    bytes = Arrays.copyOf(bytes, bytes.length + length);
                    fill(bytes, content.length, length, random);
                }
            }
        }
        return bytes;
    }

    private static void fill(byte[] bytes, int from, int length, Random random) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, from, length);
    }

    /** Fails if an answer is wrong and nothing says so. */
    private static Outcome outcome(byte[] content, String name) throws IOException {
        Path file = folder.resolve("mutated.store");
        Files.write(file, content);
        boolean complains;
        try (AdapterStore store = AdapterStore.open(file)) {
            boolean wrong = false;
            for (int key = 0; key < KEYS; key++) {
                Optional<byte[]> found;
                try {
                    found = store.get("user-" + key).map(PackedAdapter::numbers);
                } catch (IOException e) {
                    requireWords(e.getMessage(), name);
                    wrong = true;
                    continue;
                }
                byte[] expected = EXPECTED.get("user-" + key);
                assertTrue(
                        expected == null ? found.isEmpty() : found.isPresent() && Arrays.equals(expected, found.get()),
                        name + ": user-" + key + " has another answer");
            }
            try {
                assertEquals(new TreeSet<>(EXPECTED.keySet()), new TreeSet<>(store.firstKeys(2 * KEYS)), name);
                assertEquals(EXPECTED.size(), store.size(), name);
            } catch (IOException e) {
                wrong = true;
            }
            complains = complains(store);
            assertTrue(complains || !wrong, name + ": the check says nothing of damage");
        } catch (IOException e) {
            requireWords(e.getMessage(), name);
            assertFalse(name.equals("unchanged"), e.getMessage());
            assertTrue(e.getMessage().startsWith(file + ": "), name + ": " + e.getMessage());
            return Outcome.REFUSED;
        }
        return complains ? Outcome.REPORTED : Outcome.RIGHT;
    }

    private static boolean complains(AdapterStore store) {
        try {
            return !store.check().isEmpty();
        } catch (IOException e) {
            return true;
        }
    }

    private static void requireWords(String message, String name) {
        assertTrue(message.contains("damaged") || message.contains("store"), name + ": " + message);
        assertTrue(!message.contains("org.") && !message.contains("Exception"), name + ": " + message);
    }
}
