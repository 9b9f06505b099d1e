package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.server.ServerFixture.Answer;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.classification.TextClassifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients ask adapters of folders and of a store while these are replaced, loaded and unloaded all the time, and check each answer
 * against the two versions that its adapter may have. Memory may not grow in the second half. Takes {@code lsr.soak.seconds}, 5 by
 * default.
 */
class ServerLoadIT {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLoadIT.class);
    private static final int SECONDS = Integer.getInteger("lsr.soak.seconds", 5);
    private static final int NAMES = 12;
    private static final int CLIENTS = 16;
    private static final List<String> TEXTS = List.of("hello", "cafe , world", "hello hello world", "world");

    @TempDir
    Path folder;

    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong gone = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();
    private final Map<String, List<List<List<Double>>>> allowed = new ConcurrentHashMap<>();
    private volatile long end;

    private Path version(int name, int version) {
        return folder.resolve("versions").resolve(name + "-" + version);
    }

    private void write(ServerFixture fixture) throws IOException {
        for (int n = 0; n < 2 * NAMES; n++) {
            List<List<List<Double>>> ofName = new ArrayList<>();
            for (int v = 0; v < 2; v++) {
                Path saved = ServerFixture.adapter(version(n, v), fixture.base, ServerFixture.COLOURS, 10L * n + v);
                try (TextClassifier model = (TextClassifier) FineTunedModel.load(saved, fixture.base)) {
                    ofName.add(model.predict(TEXTS).stream()
                            .map(one -> one.probabilities())
                            .toList());
                }
            }
            allowed.put(name(n), ofName);
        }
    }

    /** Folders first, then keys of the store. */
    private static String name(int n) {
        return n < NAMES ? "folder-" + n : "key-" + n;
    }

    @Test
    void answers_areAlwaysOfTheirOwnAdapter_whileAdaptersChange() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (ServerFixture fixture = new ServerFixture(folder);
                AdapterStore store = AdapterStore.open(folder.resolve("users.store"), fixture.base)) {
            write(fixture);
            for (int n = 0; n < 2 * NAMES; n++) {
                change(fixture, store, n, 0);
            }
            try (AdapterServer server =
                    fixture.server().store(store).dynamicAdapters(true).start()) {
                end = System.nanoTime() + SECONDS * 1_000_000_000L;
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    int seed = i;
                    running.add(threads.submit(() -> ask(fixture, server, seed)));
                }
                running.add(threads.submit(() -> changeAll(fixture, server, store)));
                long memory = 0;
                for (int minute = 0; System.nanoTime() < end; minute++) {
                    Thread.sleep(Math.min(60_000, SECONDS * 1000L));
                    long now = residentMegabytes();
                    LOG.info(
                            "{} answers, {} of adapters that were gone, {} changes, {} MB",
                            answers,
                            gone,
                            changes,
                            now);
                    if (minute > 0 && minute == SECONDS / 120) {
                        memory = now;
                    }
                }
                for (Future<?> one : running) {
                    one.get();
                }
                assertTrue(answers.get() > 10L * SECONDS, answers + " answers in " + SECONDS + " s");
                assertTrue(changes.get() > SECONDS, changes + " changes in " + SECONDS + " s");
                if (memory > 0) {
                    assertTrue(residentMegabytes() < memory + 30, residentMegabytes() + " MB after " + memory);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** The memory of the process after a collection, without which garbage fills the heap before it is reused. */
    private static long residentMegabytes() throws IOException {
        System.gc();
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                ? Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                        .sum()
                : 0;
    }

    private void change(ServerFixture fixture, AdapterStore store, int n, int version) throws IOException {
        if (n < NAMES) {
            fixture.adapter(name(n), ServerFixture.COLOURS, 10L * n + version);
        } else {
            store.put(name(n), version(n, version));
        }
    }

    private Void changeAll(ServerFixture fixture, AdapterServer server, AdapterStore store) throws Exception {
        Random random = new Random(5);
        while (System.nanoTime() < end) {
            int n = random.nextInt(2 * NAMES);
            if (n < NAMES && random.nextInt(4) == 0) {
                String name = "{\"lora_name\": \"" + name(n) + "\"";
                assertEquals(
                        200,
                        fixture.post(server, "/v1/unload_lora_adapter", name + "}")
                                .status());
                String load = name + ", \"lora_path\": \"" + name(n) + "\"}";
                assertEquals(
                        200, fixture.post(server, "/v1/load_lora_adapter", load).status());
            } else {
                change(fixture, store, n, random.nextInt(2));
            }
            changes.incrementAndGet();
            Thread.sleep(2);
        }
        return null;
    }

    private Void ask(ServerFixture fixture, AdapterServer server, int seed) throws Exception {
        Random random = new Random(seed);
        while (System.nanoTime() < end) {
            String name = name(random.nextInt(2 * NAMES));
            int text = random.nextInt(TEXTS.size());
            Answer answer = fixture.post(
                    server, "/classify", "{\"model\": \"" + name + "\", \"input\": \"" + TEXTS.get(text) + "\"}");
            if (answer.status() == 404) {
                gone.incrementAndGet();
                continue;
            }
            assertEquals(200, answer.status(), answer.response().body());
            boolean known = allowed.get(name).stream().anyMatch(version -> {
                double worst = 0;
                for (int c = 0; c < 3; c++) {
                    double found = answer.json().at("/data/0/probs/" + c).doubleValue();
                    worst = Math.max(worst, Math.abs(found - version.get(text).get(c)));
                }
                return worst < 1e-5;
            });
            assertTrue(
                    known,
                    () -> name + ": " + answer.response().body() + " is of none of its versions " + allowed.get(name));
            answers.incrementAndGet();
        }
        return null;
    }
}
