package org.lsradapt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.store.StoreSettings;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.factory.Nd4j;

/** An adapter for every user: a store of very many, and two threads that ask for batches of them, against one adapter. */
final class TenantAdapters {
    private static final String COEFFICIENTS = "coefficients";
    private static final int FEW = 1_000;
    private static final int TOKENS = 32;
    private static final int THREADS = 2;
    private static final int ROUNDS = 5;
    private static final int AT_A_TIME = 5000;
    private static final String ONE = "1 adapter";

    private TenantAdapters() {}

    /**
     * Makes the store if there is none, opens it and measures.
     *
     * @param args {@code COUNT s1|s4|lora1|coefficients PRECISION [SECONDS [CACHE_MB [FOLDER [SEQUENCES]]]]}: how many
     *     adapters; their form, of which coefficients are those of lsr-shared's five terms, 480 bytes; fp32, bf16 or int8;
     *     seconds of each variant and round; the store's cache; where the store is; the sequences of a batch, 64
     */
    static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        Precision precision = Precision.named(args[2]);
        double seconds = args.length > 3 ? Double.parseDouble(args[3]) : 4;
        int cache = args.length > 4 ? Integer.parseInt(args[4]) : 256;
        Path folder = Path.of(args.length > 5 ? args[5] : "target");
        int sequences = args.length > 6 ? Integer.parseInt(args[6]) : 64;
        Path file = folder.resolve("tenants-" + count + "-" + args[1] + "-" + precision.label() + ".store");
        Backend backend = Backends.standard();
        try (BaseModel base = BaseModel.load("minilm")) {
            if (!Files.exists(file)) {
                fill(file, count, base, config(args[1]), precision);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s%n%,d adapters, %s %s, store %,.0f MB, cache %d MB, before opening %d MB peak%n",
                    Machine.describe(),
                    count,
                    args[1],
                    precision.label(),
                    Files.size(file) / 1e6,
                    cache,
                    Measure.peakMegabytes());
            List<TokenSequence> batch = StepSubject.texts(sequences, TOKENS, new Random(1));
            long start = System.nanoTime();
            try (AdapterStore store = AdapterStore.open(
                            file, base, StoreSettings.defaults().withCacheMegabytes(cache));
                    MultiAdapterModel model = new MultiAdapterModel(base, backend, ServedSource.of(store));
                    MultiAdapterModel cold = new MultiAdapterModel(
                            base, backend, ServedSource.of(store).withBytes(0))) {
                double opened = (System.nanoTime() - start) / 1e6;
                model.predict(batch.subList(0, 1), key(count / 2));
                System.out.printf(
                        Locale.ROOT,
                        "opened in %.0f ms, first answer after %.0f ms, %,d keys%n",
                        opened,
                        (System.nanoTime() - start) / 1e6,
                        store.size());
                measure(model, cold, batch, count, seconds);
                System.out.printf("after all %d MB peak%n", Measure.peakMegabytes());
            }
        }
    }

    private static AdapterConfig config(String name) {
        return switch (name) {
            case "s1" -> LsrConfig.builder().separationRank(1).build();
            case "s4" -> LsrConfig.builder().separationRank(4).build();
            case "lora1" -> LsrConfig.lora(1, 1);
            case COEFFICIENTS -> SharedConfig.of(4, 5);
            default ->
                throw new IllegalArgumentException("tenants: '" + name + "', expected s1, s4, lora1 or coefficients");
        };
    }

    private static String key(int i) {
        return String.format(Locale.ROOT, "user-%07d", i);
    }

    private static void fill(Path file, int count, BaseModel base, AdapterConfig config, Precision precision)
            throws IOException {
        Path saved = Files.createTempDirectory("tenant");
        List<String> terms = new ArrayList<>();
        try (AdapterSet adapters = AdapterSet.create(
                        base.queryAndValue().select(base.linearLayers()), config, Backends.standard());
                SequenceHead head = new SequenceHead(base.weights(), 2, 1)) {
            adapters.values()
                    .assign(Nd4j.randn(base.weights().dataType(), adapters.parameterCount())
                            .muli(0.1));
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.modelType(),
                    base.fingerprint(),
                    new ClassificationDescription("likes", List.of("no", "yes"), false),
                    TOKENS);
            AdapterFolder.save(saved, card, adapters, head, precision);
            System.out.printf(Locale.ROOT, "%,d parameters of an adapter%n", adapters.parameterCount());
            if (config instanceof SharedConfig shared) {
                adapters.adapters().forEach(adapter -> terms.addAll(shared.factorNames(adapter.name())));
                terms.retainAll(
                        adapters.parameters().stream().map(Parameter::name).toList());
            }
        }
        PackedAdapter first = PackedAdapter.read(saved).fixing(terms);
        Random random = new Random(1);
        long start = System.nanoTime();
        try (AdapterStore store = AdapterStore.open(file, base)) {
            Map<String, PackedAdapter> some = new HashMap<>();
            for (int i = 0; i < count; i++) {
                some.put(key(i), other(first, random));
                if (some.size() == AT_A_TIME || i == count - 1) {
                    store.putAll(some);
                    some.clear();
                }
            }
        }
        System.out.printf(Locale.ROOT, "filled in %.1f s%n", (System.nanoTime() - start) / 1e9);
        AdapterStore.compact(file);
    }

    /** Other numbers near the first one's: the lowest byte of every fourth, or three bytes of each of some hundred. */
    private static PackedAdapter other(PackedAdapter first, Random random) {
        byte[] numbers = first.numbers().clone();
        int bytes = numbers.length < FEW ? Float.BYTES - 1 : 1;
        for (int i = 0; i < numbers.length; i += Float.BYTES) {
            for (int j = 0; j < bytes; j++) {
                numbers[i + j] = (byte) random.nextInt(120);
            }
        }
        return new PackedAdapter(first.form(), numbers, first.headNumbers());
    }

    private static void measure(
            MultiAdapterModel model, MultiAdapterModel cold, List<TokenSequence> batch, int count, double seconds)
            throws InterruptedException {
        int sequences = batch.size();
        Map<String, IntFunction<Runnable>> variants = new LinkedHashMap<>();
        double[] zipf = zipf(count);
        List<String> warm =
                IntStream.range(0, sequences).mapToObj(TenantAdapters::key).toList();
        List<String> one = Collections.nCopies(sequences, key(0));
        variants.put(ONE, thread -> () -> model.predict(batch, one));
        variants.put(sequences + " users, warm", thread -> () -> model.predict(batch, warm));
        variants.put("Zipf", thread -> {
            Random random = new Random(thread);
            return () -> model.predict(batch, keys(sequences, () -> drawn(zipf, random.nextDouble())));
        });
        variants.put("uniform", thread -> {
            Random random = new Random(thread);
            return () -> model.predict(batch, keys(sequences, () -> random.nextInt(count)));
        });
        variants.put(sequences + " users, all cold", thread -> {
            Random random = new Random(thread);
            return () -> cold.predict(batch, keys(sequences, () -> random.nextInt(count)));
        });
        Map<String, List<Double>> millis = new LinkedHashMap<>();
        Map<String, double[]> rates = new LinkedHashMap<>();
        for (int round = -1; round < ROUNDS; round++) {
            for (Map.Entry<String, IntFunction<Runnable>> variant : variants.entrySet()) {
                List<Double> times = run(variant.getValue(), seconds);
                if (round >= 0) {
                    millis.computeIfAbsent(variant.getKey(), name -> new ArrayList<>())
                            .addAll(times);
                    rates.computeIfAbsent(variant.getKey(), name -> new double[ROUNDS])[round] = THREADS
                            * sequences
                            * 1000
                            / times.stream()
                                    .mapToDouble(Double::doubleValue)
                                    .average()
                                    .orElseThrow();
                }
            }
        }
        System.out.printf(
                "%n| batches of %d sequences of %d tokens, %d threads | texts per second | p99 of a batch, ms | rate to %s |"
                        + "%n|---|---|---|---|%n",
                sequences, TOKENS, THREADS, ONE);
        rates.forEach((name, all) -> {
            double[] ratios = new double[ROUNDS];
            Arrays.setAll(ratios, round -> all[round] / rates.get(ONE)[round]);
            double[] times = millis.get(name).stream()
                    .mapToDouble(Double::doubleValue)
                    .sorted()
                    .toArray();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.1f | %.3f |%n",
                    name,
                    Measure.median(all, 0),
                    times[(int) (0.99 * (times.length - 1))],
                    Measure.median(ratios, 0));
        });
    }

    private static List<String> keys(int sequences, IntSupplier user) {
        return IntStream.range(0, sequences).mapToObj(i -> key(user.getAsInt())).toList();
    }

    /** Sums of 1/rank, up to 1. */
    private static double[] zipf(int count) {
        double[] sums = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += 1.0 / (i + 1);
            sums[i] = sum;
        }
        for (int i = 0; i < count; i++) {
            sums[i] /= sum;
        }
        return sums;
    }

    private static int drawn(double[] sums, double at) {
        int found = Arrays.binarySearch(sums, at);
        return Math.min(sums.length - 1, found < 0 ? -found - 1 : found);
    }

    /** Milliseconds of each batch, of both threads at once. */
    private static List<Double> run(IntFunction<Runnable> variant, double seconds) throws InterruptedException {
        List<Double> all = Collections.synchronizedList(new ArrayList<>());
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Thread> threads = IntStream.range(0, THREADS)
                .mapToObj(thread -> new Thread(() -> {
                    Runnable work = variant.apply(thread);
                    while (System.nanoTime() < end) {
                        long start = System.nanoTime();
                        work.run();
                        all.add((System.nanoTime() - start) / 1e6);
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        return all;
    }
}
