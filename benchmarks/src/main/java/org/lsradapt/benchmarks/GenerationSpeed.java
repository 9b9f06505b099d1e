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
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Tokens per second of a GGUF model in each precision, with vector instructions and without, and of llama.cpp on the same
 * file with as many threads: generated, and of a prompt. Each is measured in a process of its own, all in turn.
 */
final class GenerationSpeed {
    private static final String RESULT = "tokens a second: ";
    private static final String LLAMA = "llama.cpp";
    private static final int PROMPT = 16;
    private static final int LONG_PROMPT = 512;
    private static final int WARM_UPS = 3;
    private static final int RUNS = 5;

    private GenerationSpeed() {}

    /** Tokens per second, generated and of a long prompt. */
    private record Rates(double generated, double prompt) {}

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
            Rates rates = args[2].equals(LLAMA) ? llama(args[0], tokens) : own(args[0], tokens, args[2]);
            System.out.println(RESULT + rates.generated() + " " + rates.prompt());
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
        Map<String, List<Rates>> rates = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            add(rates, LLAMA, child(args[0], tokens, LLAMA, false));
            for (String precision : List.of("stored", "int8", "int4", "bf16")) {
                add(rates, precision, child(args[0], tokens, precision, false));
                add(rates, precision + ", vectors", child(args[0], tokens, precision, true));
            }
        }
        System.out.printf(
                "%n%s; %s tokens behind %d, greedy, and prompts of about %d; %d rounds in turn, each the best of %d%n%n",
                Machine.describe(), tokens, PROMPT, LONG_PROMPT, rounds, RUNS);
        System.out.println("| tokens a second, median (least to most) | generated | over llama.cpp | of a prompt"
                + " | over llama.cpp |");
        System.out.println("|---|---|---|---|---|");
        List<Rates> theirs = rates.getOrDefault(LLAMA, List.of());
        rates.forEach((name, all) -> System.out.printf(
                "| %s | %s | %s |%n",
                name, columns(all, theirs, Rates::generated), columns(all, theirs, Rates::prompt)));
    }

    private static String columns(List<Rates> all, List<Rates> theirs, ToDoubleFunction<Rates> rate) {
        double[] ours = all.stream().mapToDouble(rate).sorted().toArray();
        double[] peer = theirs.stream().mapToDouble(rate).sorted().toArray();
        double median = ours[ours.length / 2];
        return String.format(Locale.ROOT, "%.1f (%.1f to %.1f) | ", median, ours[0], ours[ours.length - 1])
                + (peer.length == 0
                        ? "not measured"
                        : String.format(Locale.ROOT, "%.2f", median / peer[peer.length / 2]));
    }

    private static void add(Map<String, List<Rates>> rates, String name, Optional<Rates> measured) {
        measured.ifPresent(
                one -> rates.computeIfAbsent(name, key -> new ArrayList<>()).add(one));
    }

    /** Rates measured in a process of their own; empty, with the reason on the console, where it fails. */
    private static Optional<Rates> child(String model, String tokens, String what, boolean vectors)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        if (vectors) {
            command.add("--add-modules=jdk.incubator.vector");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), One.class.getName(), model, tokens, what));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Optional<Rates> rates = Optional.empty();
        String last = "";
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(RESULT)) {
                    String[] numbers = line.substring(RESULT.length()).split(" ");
                    rates = Optional.of(new Rates(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1])));
                }
                last = line.isBlank() ? last : line;
            }
        }
        int status = process.waitFor();
        if (rates.isEmpty()) {
            System.out.println("skipped " + what + ": ended with status " + status + ", its last line: " + last);
        }
        return rates;
    }

    private static Rates own(String file, int tokens, String precision) throws IOException {
        try (BaseModel base = BaseModel.load(file, BasePrecision.named(precision));
                TokenGenerator generator = new TokenGenerator(base.weights(), Backends.standard())) {
            // Each prompt begins with another token, so that no prefix of an earlier one is reused.
            AtomicInteger begin = new AtomicInteger(100);
            return best(
                    tokens,
                    LONG_PROMPT,
                    (length, count, watch) -> generator.generate(
                            new TokenRequest(
                                    IntStream.iterate(begin.getAndIncrement(), token -> token + 1)
                                            .limit(length)
                                            .toArray(),
                                    Optional.empty(),
                                    new Sampling(0, 1, 1),
                                    count,
                                    Set.of()),
                            token -> {
                                watch.tick();
                                return true;
                            },
                            () -> false));
        }
    }

    private static Rates llama(String file, int tokens) {
        int threads = Runtime.getRuntime().availableProcessors();
        LlamaModel model = new LlamaModel(new ModelParameters()
                .setModel(file)
                .setCtxSize(2 * tokens + 2 * LONG_PROMPT)
                .setThreads(threads)
                .setThreadsBatch(threads));
        return best(
                tokens,
                model.encode(text(LONG_PROMPT)).length,
                (length, count, watch) -> model.generate(new InferenceParameters(text(length))
                                .setTemperature(0)
                                .setNPredict(count)
                                .setIgnoreEos(true)
                                .setCachePrompt(false))
                        .forEach(piece -> watch.tick()));
    }

    /** A text of about so many tokens. */
    private static String text(int length) {
        return "The weather in the hills was " + "cold and ".repeat(length / 2 - 3);
    }

    /** Generates behind a prompt of a length, and ticks at each token. */
    private interface Run {
        void generate(int promptLength, int count, Stopwatch watch);
    }

    private static Rates best(int tokens, int promptTokens, Run run) {
        double generated = 0;
        double prompt = 0;
        for (int i = 0; i < WARM_UPS + RUNS; i++) {
            Stopwatch all = new Stopwatch();
            run.generate(PROMPT, tokens + 1, all);
            Stopwatch first = new Stopwatch();
            run.generate(LONG_PROMPT, 1, first);
            if (i >= WARM_UPS) {
                generated = Math.max(generated, all.rateAfterFirst());
                prompt = Math.max(prompt, promptTokens / first.secondsToFirst());
            }
        }
        return new Rates(generated, prompt);
    }

    private static final class Stopwatch {
        private final long start = System.nanoTime();
        private long first;
        private long last;
        private int count;

        void tick() {
            last = System.nanoTime();
            first = count++ == 0 ? last : first;
        }

        double secondsToFirst() {
            return (first - start) / 1e9;
        }

        /** Leaves the prompt out. */
        double rateAfterFirst() {
            return (count - 1) / ((last - first) / 1e9);
        }
    }
}
