package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;

/**
 * Kills a process while it writes, again and again: what it had acknowledged is there, and of what it was about to do all or
 * nothing. The property {@code lsr.store.kills} says how often.
 */
class StoreKillIT {
    private static final int KILLS = Integer.getInteger("lsr.store.kills", 4);
    private static final int MOST_CHANGES = 60;
    /** After seconds, when space is used again. */
    private static final int MANY_CHANGES = 1000;

    @TempDir
    Path folder;

    @Test
    void kill_whileWriting_losesNothingAcknowledged() throws Exception {
        Path file = folder.resolve("users.store");
        Path saved = folder.resolve("adapter");
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr();
                AdapterStore store = AdapterStore.open(file, base)) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(saved, card, tiny.adapters, tiny.head);
            store.put(StoreWriter.SEED, saved);
        }
        PackedAdapter adapter = PackedAdapter.read(saved);
        Map<Integer, Integer> acknowledged = new HashMap<>();
        Random random = new Random(7);
        int round = 1;
        for (int kill = 0; kill < KILLS; kill++) {
            int changes = 1 + random.nextInt(kill % 4 == 3 ? MANY_CHANGES : MOST_CHANGES);
            round = writeUntilKilled(file, round, changes, acknowledged);
            try (AdapterStore store = AdapterStore.open(file)) {
                requireAcknowledged(store, adapter, acknowledged, round);
                assertEquals(Map.of(), store.check());
                // The change that was under way counts as done or not done, as it is now.
                int key = round % StoreWriter.KEYS;
                if (store.get("user-" + key).isEmpty()) {
                    acknowledged.remove(key);
                } else if (is(store, adapter, key, round)) {
                    acknowledged.put(key, round);
                }
            }
            round++;
        }
        assertTrue(round > KILLS, round + " changes");
    }

    /** The round whose change was under way. */
    private static int writeUntilKilled(Path file, int round, int changes, Map<Integer, Integer> acknowledged)
            throws Exception {
        List<String> command = JavaProcess.command(StoreWriter.class, "-Xmx512m");
        command.addAll(List.of(file.toString(), Integer.toString(round)));
        Process writer = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        int next = round;
        int seen = 0;
        try (BufferedReader lines = writer.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                if (words.length == 3) {
                    int key = Integer.parseInt(words[1]);
                    next = Integer.parseInt(words[2]) + 1;
                    if (words[0].equals("put")) {
                        acknowledged.put(key, next - 1);
                    } else {
                        acknowledged.remove(key);
                    }
                    seen++;
                }
                if (seen == changes) {
                    // What it prints before it is dead is read, too.
                    writer.toHandle().destroyForcibly();
                }
            }
        } finally {
            writer.destroyForcibly();
        }
        writer.waitFor();
        assertTrue(seen >= changes, "the writer ended after " + seen + " changes");
        return next;
    }

    private static void requireAcknowledged(
            AdapterStore store, PackedAdapter adapter, Map<Integer, Integer> acknowledged, int underWay)
            throws IOException {
        for (int key = 0; key < StoreWriter.KEYS; key++) {
            if (key == underWay % StoreWriter.KEYS
                    && (store.get("user-" + key).isEmpty() || is(store, adapter, key, underWay))) {
                continue;
            }
            Optional<PackedAdapter> found = store.get("user-" + key);
            assertEquals(acknowledged.containsKey(key), found.isPresent(), "user-" + key);
            if (found.isPresent()) {
                assertArrayEquals(
                        StoreWriter.version(adapter, key, acknowledged.get(key)).numbers(),
                        found.get().numbers(),
                        "user-" + key);
            }
        }
    }

    private static boolean is(AdapterStore store, PackedAdapter adapter, int key, int round) throws IOException {
        byte[] expected = StoreWriter.version(adapter, key, round).numbers();
        return store.get("user-" + key)
                .filter(found -> Arrays.equals(expected, found.numbers()))
                .isPresent();
    }
}
