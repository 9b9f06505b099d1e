package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.validation.DataCheck;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.SharedFeatures;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Labels of WordNet's training examples are changed to another class at random; how many of them a check of the data lists, and how
 * accurate a classifier is with and without the listed rows.
 *
 * <p>Arguments: {@code OUT.csv SEEDS SHARES head|lsr}, such as {@code OUT.csv 1,2,3 0.05,0.1 head}. {@code lsr} trains LSR adapters with
 * the defaults, for the probabilities and for the classifier.
 */
final class LabelErrors {
    private static final int EPOCHS = 6;

    private final Task task = Tasks.named("wordnet-10k");
    private final LabelledData data = task.load();
    private final BaseModel base;
    private final boolean trained;
    private final Map<Long, Double> clean = new HashMap<>();

    private LabelErrors(BaseModel base, boolean trained) throws IOException {
        this.base = base;
        this.trained = trained;
    }

    static void main(String[] args) throws IOException {
        if (args.length != 4 || !List.of("head", "lsr").contains(args[3])) {
            throw new IllegalArgumentException("labels: expected OUT.csv SEEDS SHARES head|lsr");
        }
        try (BaseModel base = BaseModel.load("minilm", BasePrecision.BF16);
                SharedFeatures features = new SharedFeatures();
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])), true)) {
            LabelErrors errors = new LabelErrors(base, args[3].equals("lsr"));
            base.share(errors.trained ? Optional.empty() : Optional.of(features));
            out.println("method,share,seed,wrong,listed,precision,recall,clean,noisy,listed_removed,random_removed");
            for (String share : args[2].split(",")) {
                for (String seed : args[1].split(",")) {
                    out.println(args[3] + "," + errors.measure(Double.parseDouble(share), Long.parseLong(seed)));
                }
            }
        }
    }

    private String measure(double share, long seed) throws IOException {
        int rows = data.train().size();
        BitSet wrong = choose(rows, (int) Math.round(share * rows), seed);
        List<Example> noisy = IntStream.range(0, rows)
                .mapToObj(row ->
                        wrong.get(row) ? changed(row, seed) : data.train().get(row))
                .toList();
        LabelledData given = LabelledData.of(task, noisy, data.evaluation());
        DataCheck check = DataCheck.of(new ClassificationTask(given)).seed(seed);
        if (trained) {
            check.adapters(LsrConfig.defaults());
        }
        BitSet listed = new BitSet();
        check.on(base).issues().orElseThrow().all().forEach(issue -> listed.set(issue.row() - 1));
        BitSet found = (BitSet) listed.clone();
        found.and(wrong);
        BitSet random = choose(rows, listed.cardinality(), seed + 1_000);
        if (!clean.containsKey(seed)) {
            clean.put(seed, accuracy(data.train(), seed));
        }
        return String.format(
                Locale.ROOT,
                "%s,%d,%d,%d,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f",
                share,
                seed,
                wrong.cardinality(),
                listed.cardinality(),
                (double) found.cardinality() / listed.cardinality(),
                (double) found.cardinality() / wrong.cardinality(),
                clean.get(seed),
                accuracy(noisy, seed),
                accuracy(without(noisy, listed), seed),
                accuracy(without(noisy, random), seed));
    }

    private static BitSet choose(int rows, int count, long seed) {
        List<Integer> order = IntStream.range(0, rows).boxed().collect(Collectors.toList());
        Collections.shuffle(order, new Random(seed));
        BitSet chosen = new BitSet(rows);
        order.subList(0, count).forEach(chosen::set);
        return chosen;
    }

    /** Returns an example with one of the other classes, each as probable. */
    private Example changed(int row, long seed) {
        Example example = data.train().get(row);
        int classes = task.labels().size();
        int step = 1 + new Random(31 * seed + row).nextInt(classes - 1);
        return example.labelled(new Label.Category((example.category() + step) % classes));
    }

    private static List<Example> without(List<Example> rows, BitSet removed) {
        return IntStream.range(0, rows.size())
                .filter(row -> !removed.get(row))
                .mapToObj(rows::get)
                .toList();
    }

    /** Trains without choosing an epoch, and returns the accuracy of the last step on the evaluation examples. */
    private double accuracy(List<Example> train, long seed) throws IOException {
        LsrConfig adapters = LsrConfig.defaults();
        TrainingConfig usual = trained ? FineTuning.defaultConfig(adapters) : TrainingDefaults.HEAD.withoutAdapters();
        TextClassifier.Training training = TextClassifier.on(base)
                .config(usual.toBuilder()
                        .epochs(EPOCHS)
                        .seed(seed)
                        .evaluateEvery(Integer.MAX_VALUE)
                        .build());
        try (TextClassifier model = (trained ? training.adapters(adapters.withSeed(seed)) : training.headOnly())
                .train(LabelledData.of(task, train, data.evaluation()))) {
            return task.evaluate(data.evaluation(), model.evaluated().orElseThrow())
                    .get("accuracy");
        }
    }
}
