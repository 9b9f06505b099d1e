package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.data.checks.UncertainRows;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.SharedFeatures;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The accuracy of a head on WordNet's glosses by the number of labelled rows, where each round labels the rows that {@code predict
 * --uncertain} chooses (smallest margins), a spread of those with small margins, or random ones.
 *
 * <p>Arguments: {@code OUT.csv SEEDS}, such as {@code OUT.csv 1,2,3}.
 */
final class UncertainCurve {
    private static final int FIRST = 200;
    private static final int EACH = 200;
    private static final int LAST = 1_400;
    private static final int EPOCHS = 20;
    /** The number of candidates for each row of a spread. */
    private static final int CANDIDATES = 5;

    private final Task task = Tasks.named("wordnet-10k");
    private final LabelledData data = task.load();
    private final BaseModel base;
    private final float[][] vectors;

    private UncertainCurve(BaseModel base) throws IOException {
        this.base = base;
        try (TextEmbedder embedder = TextEmbedder.of(base)) {
            vectors = embedder.embed(data.train().stream().map(Example::first).toList());
        }
    }

    /** Ways to choose rows. */
    private enum Choice {
        RANDOM,
        MARGIN,
        SPREAD
    }

    static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("uncertain: expected OUT.csv SEEDS");
        }
        try (BaseModel base = BaseModel.load("minilm", BasePrecision.BF16);
                SharedFeatures features = new SharedFeatures();
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])), true)) {
            UncertainCurve curve = new UncertainCurve(base);
            base.share(Optional.of(features));
            out.println("choice,seed,rows,measured");
            for (String seed : args[1].split(",")) {
                for (Choice choice : Choice.values()) {
                    curve.measure(choice, Long.parseLong(seed), out);
                }
            }
        }
    }

    private void measure(Choice choice, long seed, PrintWriter out) throws IOException {
        List<Integer> order = IntStream.range(0, data.train().size()).boxed().collect(Collectors.toList());
        Collections.shuffle(order, new Random(seed));
        List<Integer> labelled = new ArrayList<>(order.subList(0, FIRST));
        List<Integer> pool = new ArrayList<>(order.subList(FIRST, order.size()));
        while (true) {
            double[][] outputs = outputs(labelled, pool, seed);
            int measured = data.evaluation().size();
            double accuracy = task.evaluate(data.evaluation(), Arrays.copyOf(outputs, measured))
                    .get("accuracy");
            out.printf("%s,%d,%d,%.4f%n", choice.name().toLowerCase(Locale.ROOT), seed, labelled.size(), accuracy);
            if (labelled.size() >= LAST) {
                return;
            }
            List<Integer> next = next(choice, pool, Arrays.copyOfRange(outputs, measured, outputs.length));
            labelled.addAll(next);
            pool.removeAll(next);
        }
    }

    /** Trains on labelled rows, and returns the outputs for the evaluation rows and then for the pool. */
    private double[][] outputs(List<Integer> labelled, List<Integer> pool, long seed) throws IOException {
        List<Example> evaluated = new ArrayList<>(data.evaluation());
        pool.forEach(row -> evaluated.add(data.train().get(row)));
        List<Example> train = labelled.stream().map(data.train()::get).toList();
        TrainingConfig config = TrainingDefaults.HEAD.withoutAdapters().toBuilder()
                .epochs(EPOCHS)
                .seed(seed)
                .evaluateEvery(Integer.MAX_VALUE)
                .build();
        try (TextClassifier model =
                TextClassifier.on(base).headOnly().config(config).train(LabelledData.of(task, train, evaluated))) {
            return model.evaluated().orElseThrow();
        }
    }

    private List<Integer> next(Choice choice, List<Integer> pool, double[][] outputs) {
        if (choice == Choice.RANDOM) {
            return List.copyOf(pool.subList(0, EACH));
        }
        double[] margins =
                Arrays.stream(outputs).mapToDouble(UncertainCurve::margin).toArray();
        List<Integer> chosen = choice == Choice.MARGIN
                ? UncertainRows.of(margins, EACH)
                : spread(pool, UncertainRows.of(margins, CANDIDATES * EACH));
        return chosen.stream().map(pool::get).toList();
    }

    /** Chooses by greedy k-center: the first candidate, then repeatedly the one that is farthest from the chosen ones. */
    private List<Integer> spread(List<Integer> pool, List<Integer> candidates) {
        float[][] places =
                candidates.stream().map(place -> vectors[pool.get(place)]).toArray(float[][]::new);
        double[] distances = new double[places.length];
        Arrays.fill(distances, Double.POSITIVE_INFINITY);
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(EACH, places.length)) {
            int next = IntStream.range(0, distances.length)
                    .reduce((best, i) -> distances[i] > distances[best] ? i : best)
                    .orElseThrow();
            chosen.add(candidates.get(next));
            for (int i = 0; i < places.length; i++) {
                distances[i] = Math.min(distances[i], distance(places[i], places[next]));
            }
            // A chosen row is never farther than another one, even of equal vectors.
            distances[next] = -1;
        }
        return chosen;
    }

    private static double distance(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (double) (a[i] - b[i]))
                .sum();
    }

    /** Returns the difference of the two largest probabilities. */
    private static double margin(double[] outputs) {
        double top = Arrays.stream(outputs).max().orElseThrow();
        double[] shares = Arrays.stream(outputs)
                .map(output -> Math.exp(output - top))
                .sorted()
                .toArray();
        return (shares[shares.length - 1] - shares[shares.length - 2])
                / Arrays.stream(shares).sum();
    }
}
