import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.settings.TrainingConfig;

/** Classifiers of users, all from one shared classifier in the folder. */
record Classifiers(Path folder, BaseModel base, Population population, Results results, Map<Rows.User, int[]> shared) {
    Classifiers(Path folder, BaseModel base, Population population, Results results) {
        this(folder, base, population, results, new IdentityHashMap<>());
    }

    /** A line per user; new adapters are on the base with everybody's merged. */
    List<double[]> lines(Population.Cell cell, double rate) throws IOException {
        Path everybodys = sharedClassifier(cell.need());
        if (!cell.method().isAdapter()) {
            return lines(everybodys, cell, rate);
        }
        Path fresh = folder.resolve("fresh-" + cell.need() + "-" + cell.method().kind().label());
        try (SavedAdapter saved = AdapterFolder.load(everybodys);
                AdapterSet merged = saved.adapters(base.linearLayers(), Users.BACKEND);
                SequenceHead head = saved.head(base.weights()).orElseThrow();
                InPlaceMerge merge = InPlaceMerge.of(merged);
                AdapterSet own = AdapterSet.create(
                        base.queryAndValue().select(base.linearLayers()), cell.method().kind(), Users.BACKEND)) {
            AdapterFolder.save(fresh, saved.card().orElseThrow(), own, head);
            return lines(fresh, cell, rate);
        }
    }

    /** The classifier of everybody's rows. */
    private Path sharedClassifier(String need) throws IOException {
        Path saved = folder.resolve("shared-" + need);
        if (!Files.exists(saved.resolve("adapter_config.json"))) {
            List<String> labels = population.labels(need);
            List<LabelledText> rows = population.everybody(need).labelled(labels);
            try (TextClassifier classifier = TextClassifier.on(base)
                    .adapters(Method.TERMS)
                    .config(TrainingConfig.builder()
                            .learningRate(Method.TERMS.usualLearningRate())
                            .epochs(3)
                            .headSteps(100)
                            .evaluateEvery(Integer.MAX_VALUE)
                            .build())
                    .train(LabelledData.classification(rows)
                            .classes(labels)
                            .dev(rows.subList(0, 50))
                            .read())) {
                classifier.save(saved);
            }
        }
        return saved;
    }

    private List<double[]> lines(Path saved, Population.Cell cell, double rate) throws IOException {
        KeyParts parts = cell.method().parts();
        TrainingConfig config = KeyTrainer.defaultConfig(saved, parts).toBuilder()
                .epochs(Users.EPOCHS.get(cell.rows()))
                .learningRate(rate)
                .headLearningRate(parts == KeyParts.HEAD ? rate : results.best(cell.need(), Method.HEAD))
                .build();
        List<double[]> lines = new ArrayList<>();
        try (KeyTrainer trainer = KeyTrainer.of(base, saved, parts, config)) {
            for (Rows.User user : population.users(cell.need(), cell.seed(), cell.users())) {
                lines.add(line(trainer, user, cell));
            }
        }
        return lines;
    }

    private double[] line(KeyTrainer trainer, Rows.User user, Population.Cell cell) throws IOException {
        List<String> labels = population.labels(cell.need());
        PackedAdapter own = trainer.train(LabelledData.classification(
                                user.train().first(cell.rows()).labelled(labels))
                        .classes(labels)
                        .dev(user.test().first(1).labelled(labels))
                        .read())
                .adapter();
        int bytes = own.numbers().length + (cell.method().parts().hasHead() ? own.headNumbers().length : 0);
        int[] classes = user.test().classes();
        if (!shared.containsKey(user)) {
            shared.put(user, predicted(trainer.shared(), user.test().texts()));
        }
        int[] before = shared.get(user);
        int[] after = predicted(own, user.test().texts());
        return new double[] {
            bytes / Float.BYTES, right(before, classes), right(after, classes), error(before, classes), error(after, classes)
        };
    }

    private int[] predicted(PackedAdapter adapter, List<Text> texts) throws IOException {
        try (SavedAdapter saved = adapter.open("predicted");
                AdapterSet adapters = saved.adapters(base.linearLayers(), Users.BACKEND);
                SequenceHead head = saved.head(base.weights()).orElseThrow();
                AdaptedModel model = new AdaptedModel(
                        base.weights(),
                        adapters,
                        SequenceObjective.of(head, Loss.CROSS_ENTROPY, Users.BACKEND),
                        Users.BACKEND)) {
            int length = saved.requireLength(base.tokenizer(), base.maxLength());
            return Arrays.stream(model.predict(texts.stream()
                            .map(text -> base.tokenizer().encode(text.text(), null, length))
                            .toList()))
                    .mapToInt(Classifiers::best)
                    .toArray();
        }
    }

    private static int best(double[] outputs) {
        return IntStream.range(0, outputs.length)
                .boxed()
                .max(Comparator.comparingDouble(i -> outputs[i]))
                .orElseThrow();
    }

    private static double right(int[] predicted, int[] classes) {
        return mean(classes.length, i -> predicted[i] == classes[i] ? 1 : 0);
    }

    private static double error(int[] predicted, int[] classes) {
        return mean(classes.length, i -> Math.abs(predicted[i] - classes[i]));
    }

    private static double mean(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count).mapToDouble(value).average().orElseThrow();
    }
}
