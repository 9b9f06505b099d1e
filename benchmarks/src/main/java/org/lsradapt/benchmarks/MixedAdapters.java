package org.lsradapt.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;

/** What it costs to mix adapters in one batch: the same batch with none, one, 8 and 64, in turn. */
final class MixedAdapters {
    private static final int SEQUENCES = 64;
    private static final int TOKENS = 32;
    private static final int MOST_ADAPTERS = 64;
    private static final int WARM_UP_ROUNDS = 8;
    private static final int ROUNDS = 40;
    private static final String ONE = "1 adapter";

    private MixedAdapters() {}

    /**
     * Measures and prints a table.
     *
     * @param args none
     * @throws IOException if the model cannot be read
     */
    static void main(String[] args) throws IOException {
        Backend backend = Backends.standard();
        try (TransformerWeights encoder = Measure.encoder("minilm", BasePrecision.F32);
                MultiAdapterModel model = new MultiAdapterModel(encoder, backend);
                SequenceHead head = new SequenceHead(encoder, 2, 1)) {
            model.add("none", head);
            for (int i = 0; i < MOST_ADAPTERS; i++) {
                try (AdapterSet adapters = StepSubject.adapters(encoder, LsrConfig.defaults(), backend, i)) {
                    model.add(name(i), adapters, head);
                }
            }
            List<TokenSequence> batch = StepSubject.texts(SEQUENCES, TOKENS, new Random(1));
            try (AdapterSet first = StepSubject.adapters(encoder, LsrConfig.defaults(), backend, 0);
                    AdaptedModel alone = new AdaptedModel(
                            encoder, first, SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend), backend)) {
                Map<String, Runnable> variants = new LinkedHashMap<>();
                variants.put("no adapter, head alone", () -> model.predict(batch, "none"));
                variants.put("1 adapter in a model of its own", () -> alone.predict(batch));
                variants.put(ONE, () -> model.predict(batch, mixed(1)));
                variants.put("8 adapters", () -> model.predict(batch, mixed(8)));
                variants.put("64 adapters", () -> model.predict(batch, mixed(MOST_ADAPTERS)));
                check(model, batch);
                try (Backend.Pass pass = backend.openPass()) {
                    System.out.print(Machine.describe() + "; " + ROUNDS + " rounds in turn, medians\n\n"
                            + table(measure(variants)));
                }
            }
        }
    }

    private static String name(int i) {
        return "adapter-" + i;
    }

    /** Neighbouring sequences have different adapters. */
    private static List<String> mixed(int adapters) {
        return IntStream.range(0, SEQUENCES).mapToObj(i -> name(i % adapters)).toList();
    }

    private static void check(MultiAdapterModel model, List<TokenSequence> batch) {
        double[][] mixed = model.predict(batch, mixed(MOST_ADAPTERS));
        for (int i : new int[] {0, 1, 63}) {
            double[] alone = model.predict(batch, name(i))[i];
            if (!Arrays.equals(alone, mixed[i])) {
                throw new IllegalStateException("sequence " + i + " has " + Arrays.toString(mixed[i])
                        + " in the mixed batch, " + Arrays.toString(alone) + " with its adapter alone");
            }
        }
    }

    private static Map<String, double[]> measure(Map<String, Runnable> variants) {
        Map<String, double[]> millis = new LinkedHashMap<>();
        variants.keySet().forEach(name -> millis.put(name, new double[ROUNDS]));
        List<String> names = new ArrayList<>(variants.keySet());
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(Math.floorMod(i + round, names.size()));
                long start = System.nanoTime();
                variants.get(name).run();
                if (round >= 0) {
                    millis.get(name)[round] = (System.nanoTime() - start) / 1e6;
                }
            }
        }
        return millis;
    }

    private static String table(Map<String, double[]> millis) {
        StringBuilder table = new StringBuilder(String.format(
                "| batch of %d sequences, %d tokens each | ms | sequences per second | ratio to %s |%n|---|---|---|---|%n",
                SEQUENCES, TOKENS, ONE));
        millis.forEach((name, times) -> {
            double[] ratios = new double[ROUNDS];
            Arrays.setAll(ratios, round -> times[round] / millis.get(ONE)[round]);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %.1f | %.0f | %.3f |%n",
                    name,
                    Measure.median(times, 0),
                    SEQUENCES / Measure.median(times, 0) * 1000,
                    Measure.median(ratios, 0)));
        });
        return table.toString();
    }
}
