package org.lsradapt.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Tokens per second of several texts at once, over those of one, with the time of all cores per token: a measure that
 * other programs on the machine change less. Each text is also compared with what it is alone.
 */
final class TextsAtOnce {
    private static final int PROMPT = 1;
    private static final int WARM_UPS = 2;
    private static final int[] COUNTS = {1, 2, 4, 8, 16};

    private TextsAtOnce() {}

    /** Tokens per second, and seconds of the processor per token. */
    private record Rate(double tokens, double processor) {}

    /**
     * Measures and prints a table.
     *
     * @param args the model's folder or GGUF file, a precision (stored), tokens of each text (64), rounds (3)
     * @throws IOException if the model cannot be read
     */
    static void main(String[] args) throws IOException {
        if (args.length == 0) {
            throw new IllegalArgumentException("texts: expected a model, and perhaps a precision, tokens and rounds");
        }
        String precision = args.length > 1 ? args[1] : "stored";
        int tokens = args.length > 2 ? Integer.parseInt(args[2]) : 64;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        try (BaseModel base = BaseModel.load(args[0], BasePrecision.named(precision));
                TokenGenerator generator = new TokenGenerator(base.weights(), Backends.standard())) {
            int most = COUNTS[COUNTS.length - 1];
            List<int[]> alone = new ArrayList<>();
            for (int i = 0; i < most; i++) {
                alone.add(text(generator, i, tokens));
            }
            System.out.printf(
                    "%n%s; %s, %d tokens of each text behind %d, %d rounds in turn%n%n",
                    Machine.describe(), precision, tokens, PROMPT, rounds);
            System.out.println("| texts at once | tokens a second, median (least to most) | over one text"
                    + " | processor's ms per token, least | one text over it |");
            System.out.println("|---|---|---|---|---|");
            Rate[][] rates = new Rate[COUNTS.length][rounds];
            for (int round = -WARM_UPS; round < rounds; round++) {
                for (int i = 0; i < COUNTS.length; i++) {
                    Rate rate = measure(generator, COUNTS[i], tokens, alone);
                    if (round >= 0) {
                        rates[i][round] = rate;
                    }
                }
            }
            print(rates);
        }
    }

    private static void print(Rate[][] rates) {
        double one = median(rates[0]);
        for (int i = 0; i < COUNTS.length; i++) {
            double[] all =
                    Arrays.stream(rates[i]).mapToDouble(Rate::tokens).sorted().toArray();
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.1f (%.1f to %.1f) | %.2f | %.2f | %.2f |%n",
                    COUNTS[i],
                    median(rates[i]),
                    all[0],
                    all[all.length - 1],
                    median(rates[i]) / one,
                    1000 * processor(rates[i]),
                    processor(rates[0]) / processor(rates[i]));
        }
    }

    private static double median(Rate[] rates) {
        return Arrays.stream(rates).mapToDouble(Rate::tokens).sorted().toArray()[rates.length / 2];
    }

    private static double processor(Rate[] rates) {
        return Arrays.stream(rates).mapToDouble(Rate::processor).min().orElseThrow();
    }

    private static int[] text(TokenGenerator generator, int index, int tokens) {
        int[] prompt = IntStream.range(0, PROMPT).map(i -> 100 + 37 * index + i).toArray();
        return generator.generate(
                new TokenRequest(prompt, Optional.empty(), Sampling.GREEDY, tokens, Set.of()),
                token -> true,
                () -> false);
    }

    private static Rate measure(TokenGenerator generator, int count, int tokens, List<int[]> alone) {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long processor = process.getProcessCpuTime();
        long start = System.nanoTime();
        try {
            List<Future<int[]>> texts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                texts.add(threads.submit(() -> text(generator, index, tokens)));
            }
            int total = 0;
            for (int i = 0; i < count; i++) {
                int[] text = texts.get(i).get();
                total += text.length;
                if (!Arrays.equals(alone.get(i), text)) {
                    throw new IllegalStateException("text " + i + " of " + count + " differs from that alone");
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Rate(total / seconds, (process.getProcessCpuTime() - processor) / 1e9 / total);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            threads.shutdown();
        }
    }
}
