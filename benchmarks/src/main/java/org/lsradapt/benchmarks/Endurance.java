package org.lsradapt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.report.internal.Chart;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * What stays the same over a long time: the memory of the process over training steps, adapters added, replaced and
 * removed, and models loaded and closed; and predictions of many threads while adapters are switched, to the bit.
 */
final class Endurance {
    private static final int SAMPLES = 100;
    private static final int READERS = 64;
    private static final int NAMES = 8;
    private static final int VERSIONS = 4;
    private static final double MB = 1 << 20;
    /** Of a phase's samples, those in which compilers and pools still settle. */
    private static final double SETTLED = 0.2;

    private final Backend backend = Backends.standard();
    private final List<Phase> phases = new ArrayList<>();

    /** Resident and heap memory in MB at even distances, each after a garbage collection. */
    private record Phase(String title, double[] at, double[] resident, double[] heap) {

        String row() {
            int from = (int) (SETTLED * at.length);
            return String.format(
                    Locale.ROOT,
                    "| %s | %.1f → %.1f | %.1f → %.1f |%n",
                    title,
                    resident[from],
                    resident[at.length - 1],
                    heap[from],
                    heap[at.length - 1]);
        }
    }

    private Endurance() {}

    /**
     * Runs everything; prints tables and leaves a picture in {@code target}.
     *
     * @param args steps, replaced adapters, loads and minutes of threads; by default 100000 10000 200 5
     * @throws IOException if a file cannot be read or written
     * @throws InterruptedException if this thread is interrupted
     */
    static void main(String[] args) throws IOException, InterruptedException {
        int[] counts = {100_000, 10_000, 200, 5};
        for (int i = 0; i < args.length; i++) {
            counts[i] = Integer.parseInt(args[i]);
        }
        Endurance endurance = new Endurance();
        endurance.steps(counts[0]);
        endurance.adapters(counts[1]);
        endurance.loads(counts[2]);
        StringBuilder table = new StringBuilder(Machine.describe())
                .append("; MB of 2²⁰ bytes, at a fifth of the way and at the end\n\n")
                .append("| | resident | heap |\n|---|---|---|\n");
        endurance.phases.forEach(phase -> table.append(phase.row()));
        System.out.print(table);
        Path folder = Files.createDirectories(Path.of("target"));
        for (int i = 0; i < endurance.phases.size(); i++) {
            Path file = folder.resolve("endurance-" + (i + 1) + ".svg");
            Files.writeString(file, chart(endurance.phases.get(i)).svg());
        }
        System.out.print(endurance.threads(counts[3]));
    }

    /** One of many like it. */
    @FunctionalInterface
    private interface Work {
        void run(int index) throws IOException;
    }

    private void phase(String title, int count, Work work) throws IOException {
        int every = Math.max(1, count / SAMPLES);
        int samples = count / every;
        Phase phase = new Phase(title, new double[samples], new double[samples], new double[samples]);
        for (int i = 0; i < samples * every; i++) {
            work.run(i);
            if ((i + 1) % every == 0) {
                int sample = i / every;
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                phase.at[sample] = i + 1.0;
                phase.resident[sample] = Pointer.physicalBytes() / MB;
                phase.heap[sample] = (runtime.totalMemory() - runtime.freeMemory()) / MB;
            }
        }
        phases.add(phase);
    }

    private static List<TokenSequence> sequences(Random random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int length = 2 + random.nextInt(14);
                    return new TokenSequence(random.ints(length, 0, 200).toArray(), new int[length]);
                })
                .toList();
    }

    private AdapterSet adapters(TransformerWeights weights, long seed) {
        return StepSubject.adapters(weights, LsrConfig.defaults().withSeed(seed), backend, seed);
    }

    /** Training steps with batches of ever other lengths, and an evaluation at each hundredth. */
    private void steps(int count) throws IOException {
        Random random = new Random(1);
        try (TransformerWeights weights = RandomModel.of("tiny", 0, BasePrecision.F32);
                AdapterSet set = adapters(weights, 1);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = new AdaptedModel(
                        weights, set, SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend), backend);
                Backend.Pass pass = model.openPass()) {
            AdamW optimizer = AdamW.builder().build().addAll(model.trainable(), 1e-4);
            phase("training steps", count, i -> {
                List<TokenSequence> batch = sequences(random, 1 + random.nextInt(8));
                model.lossAndGradients(
                        batch,
                        Target.categories(
                                batch.stream().mapToInt(s -> s.ids()[0] % 2).toArray()));
                optimizer.step(1, 1);
                if (i % 100 == 0) {
                    model.predict(sequences(random, 16));
                }
            });
        }
    }

    /** Adapters that are added, used, replaced, used and removed. */
    private void adapters(int count) throws IOException {
        Random random = new Random(2);
        try (TransformerWeights weights = RandomModel.of("tiny", 0, BasePrecision.F32);
                MultiAdapterModel model = new MultiAdapterModel(weights, backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdapterSet first = adapters(weights, 1);
                AdapterSet second = adapters(weights, 2)) {
            phase("adapters added, replaced, removed", count, i -> {
                String name = "adapter-" + i;
                model.add(name, first, head);
                model.predict(sequences(random, 4), name);
                model.replace(name, second, head);
                model.predict(sequences(random, 4), name);
                model.remove(name);
            });
        }
    }

    private void loads(int count) throws IOException {
        phase("loads and closes of MiniLM", count, i -> {
            try (BaseModel model = BaseModel.load("minilm")) {
                if (model.maxLength() < 1) {
                    throw new AssertionError("no positions");
                }
            }
        });
    }

    /** Many readers while one thread switches every adapter between versions whose outputs are known. */
    private String threads(int minutes) throws IOException, InterruptedException {
        List<TokenSequence> batch = sequences(new Random(3), 4);
        AtomicBoolean ends = new AtomicBoolean();
        AtomicLong predictions = new AtomicLong();
        AtomicLong wrong = new AtomicLong();
        long switches = 0;
        try (TransformerWeights weights = RandomModel.of("tiny", 0, BasePrecision.F32);
                MultiAdapterModel model = new MultiAdapterModel(weights, backend);
                SequenceHead head = new SequenceHead(weights, 2, 1)) {
            List<AdapterSet> versions = IntStream.range(0, VERSIONS)
                    .mapToObj(i -> adapters(weights, i))
                    .toList();
            List<double[][]> known = new ArrayList<>();
            for (AdapterSet version : versions) {
                model.add("oracle", version, head);
                known.add(model.predict(batch, "oracle"));
                model.remove("oracle");
            }
            for (int i = 0; i < NAMES; i++) {
                model.add("adapter-" + i, versions.get(0), head);
            }
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                String name = "adapter-" + i % NAMES;
                Thread reader = new Thread(() -> {
                    while (!ends.get()) {
                        double[][] outputs = model.predict(batch, name);
                        if (known.stream().noneMatch(expected -> Arrays.deepEquals(expected, outputs))) {
                            wrong.incrementAndGet();
                        }
                        predictions.incrementAndGet();
                    }
                });
                reader.start();
                readers.add(reader);
            }
            long end = System.nanoTime() + minutes * 60_000_000_000L;
            while (System.nanoTime() < end) {
                model.replace("adapter-" + switches % NAMES, versions.get((int) (switches / NAMES % VERSIONS)), head);
                switches++;
                Thread.yield();
            }
            ends.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            versions.forEach(AdapterSet::close);
        }
        return String.format(
                Locale.ROOT,
                "%n%d readers for %d min: %,d predictions of %d sequences beside %,d switches, %d of them not to the bit what a"
                        + " single thread gives%n",
                READERS,
                minutes,
                predictions.get(),
                batch.size(),
                switches,
                wrong.get());
    }

    private static Chart chart(Phase phase) {
        Chart chart = new Chart("Memory", phase.title, "MB");
        chart.line("resident", phase.at, phase.resident);
        chart.line("heap", phase.at, phase.heap);
        return chart;
    }
}
