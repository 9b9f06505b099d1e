package org.lsradapt.benchmarks;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Sampling;
import org.lsradapt.objectives.TokenGenerator;
import org.lsradapt.transformer.BasePrecision;

/**
 * Tokens per second of a GGUF model in each precision, with vector instructions and without, and of llama.cpp on the same
 * file with as many threads. Each is measured in a process of its own, all in turn.
 */
final class GenerationSpeed {
    private static final String RESULT = "tokens a second: ";
    private static final String LLAMA = "llama.cpp";
    private static final int PROMPT = 16;
    private static final int WARM_UPS = 3;
    private static final int RUNS = 5;

    private GenerationSpeed() {}

    /** Children of {@link GenerationSpeed}. */
    static final class One {
        private One() {}

        /**
         * Measures one.
         *
         * @param args the model's file, how many tokens, and a precision or {@code llama.cpp}
         * @throws IOException if the model cannot be read
         */
        public static void main(String[] args) throws IOException {
            int tokens = Integer.parseInt(args[1]);
            double rate = args[2].equals(LLAMA) ? llama(args[0], tokens) : own(args[0], tokens, args[2]);
            System.out.println(RESULT + rate);
            System.out.flush();
            // llama.cpp's own end waits for a thread that does not always end.
            Runtime.getRuntime().halt(0);
        }
    }

    /**
     * Measures and prints a table.
     *
     * @param args the model's file, tokens per run (128), rounds (3)
     * @throws IOException if a process cannot be started
     * @throws InterruptedException if interrupted
     */
    static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            throw new IllegalArgumentException("generate: expected a model's GGUF file, and perhaps tokens and rounds");
        }
        String tokens = args.length > 1 ? args[1] : "128";
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            add(rates, LLAMA, child(args[0], tokens, LLAMA, false));
            for (String precision : List.of("stored", "int8", "int4", "bf16")) {
                add(rates, precision, child(args[0], tokens, precision, false));
                add(rates, precision + ", vectors", child(args[0], tokens, precision, true));
            }
        }
        System.out.printf(
                "%n%s; %s tokens behind %d, greedy; %d rounds in turn, each the best of %d%n%n",
                Machine.describe(), tokens, PROMPT, rounds, RUNS);
        System.out.println("| | tokens a second, median (least to most) | over llama.cpp |");
        System.out.println("|---|---|---|");
        List<Double> theirs = rates.getOrDefault(LLAMA, List.of());
        rates.forEach((name, all) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.1f (%.1f to %.1f) | %s |%n",
                name,
                all.get(all.size() / 2),
                all.get(0),
                all.get(all.size() - 1),
                theirs.isEmpty()
                        ? "not measured"
                        : String.format(Locale.ROOT, "%.2f", all.get(all.size() / 2) / theirs.get(theirs.size() / 2))));
    }

    private static void add(Map<String, List<Double>> rates, String name, OptionalDouble rate) {
        if (rate.isPresent()) {
            List<Double> all = rates.computeIfAbsent(name, key -> new ArrayList<>());
            all.add(rate.getAsDouble());
            all.sort(null);
        }
    }

    /** A rate measured in a process of its own; empty, with the reason on the console, where it fails. */
    private static OptionalDouble child(String model, String tokens, String what, boolean vectors)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        if (vectors) {
            command.add("--add-modules=jdk.incubator.vector");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), One.class.getName(), model, tokens, what));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        OptionalDouble rate = OptionalDouble.empty();
        String last = "";
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(RESULT)) {
                    rate = OptionalDouble.of(Double.parseDouble(line.substring(RESULT.length())));
                }
                last = line.isBlank() ? last : line;
            }
        }
        int status = process.waitFor();
        if (rate.isEmpty()) {
            System.out.println("skipped " + what + ": ended with status " + status + ", its last line: " + last);
        }
        return rate;
    }

    private static double own(String file, int tokens, String precision) throws IOException {
        try (BaseModel base = BaseModel.load(file, BasePrecision.named(precision));
                TokenGenerator generator = new TokenGenerator(base.weights(), Backends.standard())) {
            int[] prompt = IntStream.range(100, 100 + PROMPT).toArray();
            return best(() -> {
                Stopwatch watch = new Stopwatch();
                generator.generate(prompt, Optional.empty(), new Sampling(0, 1, 1), tokens + 1, Set.of(), token -> {
                    watch.tick();
                    return true;
                });
                return watch.rate();
            });
        }
    }

    private static double llama(String file, int tokens) {
        int threads = Runtime.getRuntime().availableProcessors();
        LlamaModel model = new LlamaModel(new ModelParameters()
                .setModel(file)
                .setCtxSize(2 * tokens + 64)
                .setThreads(threads)
                .setThreadsBatch(threads));
        String prompt = "The weather in the hills was " + "cold and ".repeat(PROMPT / 2 - 3);
        return best(() -> {
            InferenceParameters greedy = new InferenceParameters(prompt)
                    .setTemperature(0)
                    .setNPredict(tokens + 1)
                    .setIgnoreEos(true);
            Stopwatch watch = new Stopwatch();
            model.generate(greedy).forEach(piece -> watch.tick());
            return watch.rate();
        });
    }

    private interface Run {
        double rate();
    }

    private static double best(Run run) {
        double best = 0;
        for (int i = 0; i < WARM_UPS + RUNS; i++) {
            double rate = run.rate();
            best = i < WARM_UPS ? 0 : Math.max(best, rate);
        }
        return best;
    }

    /** Counts from the first token on, so that the prompt is left out. */
    private static final class Stopwatch {
        private long first;
        private long last;
        private int count;

        void tick() {
            last = System.nanoTime();
            first = count++ == 0 ? last : first;
        }

        double rate() {
            return (count - 1) / ((last - first) / 1e9);
        }
    }
}
