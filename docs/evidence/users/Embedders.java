import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;

/** Embedders of users, all from one shared embedder in the folder. */
record Embedders(Path folder, BaseModel base, Population population) {
    /** A line per user; new adapters are on the base with everybody's merged. */
    List<double[]> lines(Population.Cell cell, double rate) throws IOException {
        try (AdapterSet shared = sharedAdapters(cell.need())) {
            if (!cell.method().isAdapter()) {
                List<Parameter> own = shared.adapters().stream()
                        .flatMap(adapter -> adapter.coefficients().stream())
                        .toList();
                return lines(shared, Optional.of(own), cell, rate);
            }
            try (InPlaceMerge merge = InPlaceMerge.of(shared);
                    AdapterSet fresh = AdapterSet.create(
                            base.queryAndValue().select(base.linearLayers()), cell.method().kind(), Users.BACKEND)) {
                return lines(fresh, Optional.empty(), cell, rate);
            }
        }
    }

    private List<double[]> lines(
            AdapterSet adapters, Optional<List<Parameter>> own, Population.Cell cell, double rate) {
        double[] start = numbers(adapters);
        List<double[]> lines = new ArrayList<>();
        try (AdaptedModel model = embedder(adapters)) {
            model.trainOnly(own);
            for (Rows.User user : population.users(cell.need(), cell.seed(), cell.users())) {
                Users.BACKEND.write(start, adapters.values());
                double before = ordered(model, user.test());
                train(model, user.train().first(cell.rows()), Users.EPOCHS.get(cell.rows()), rate);
                long numbers = own.isPresent()
                        ? own.get().stream().mapToLong(Parameter::count).sum()
                        : adapters.parameterCount();
                lines.add(new double[] {numbers, before, ordered(model, user.test())});
            }
        }
        return lines;
    }

    private AdaptedModel embedder(AdapterSet adapters) {
        return new AdaptedModel(
                base.weights(),
                adapters,
                new EmbeddingObjective(base.weights(), Pooling.MEAN, true, EmbeddingLoss.classes(), Users.BACKEND),
                Users.BACKEND);
    }

    /** The adapters of the embedder of everybody's rows. */
    private AdapterSet sharedAdapters(String need) throws IOException {
        AdapterSet adapters =
                AdapterSet.create(base.queryAndValue().select(base.linearLayers()), Method.TERMS, Users.BACKEND);
        Path saved = folder.resolve("shared-" + need + ".txt");
        if (Files.exists(saved)) {
            Users.BACKEND.write(
                    Files.readAllLines(saved).stream().mapToDouble(Double::parseDouble).toArray(),
                    adapters.values());
        } else {
            try (AdaptedModel model = embedder(adapters)) {
                train(model, population.everybody(need), 3, 1e-2);
            }
            Files.writeString(
                    saved,
                    Arrays.stream(numbers(adapters)).mapToObj(Double::toString).collect(Collectors.joining("\n")));
        }
        adapters.materialize();
        return adapters;
    }

    private static double[] numbers(AdapterSet adapters) {
        double[] numbers = new double[(int) adapters.values().length()];
        Users.BACKEND.read(adapters.values(), numbers);
        return numbers;
    }

    private void train(AdaptedModel model, Rows rows, int epochs, double rate) {
        List<TrainingExample> examples = IntStream.range(0, rows.texts().size())
                .mapToObj(i ->
                        new TrainingExample(tokens(rows.texts().get(i)), new Target.Category(rows.classes()[i])))
                .toList();
        TrainingConfig config = TrainingConfig.builder()
                .epochs(epochs)
                .batchSize(16)
                .learningRate(rate)
                .evaluateEvery(Integer.MAX_VALUE)
                .build();
        new Trainer(model, config).run(examples, Evaluation.of("none", trained -> Map.of("none", 0.0)));
    }

    private ModelInput tokens(Text text) {
        return base.tokenizer().encode(text.text(), null, 64);
    }

    /** The share of triples whose cosines are in order. */
    private double ordered(AdaptedModel model, Rows rows) {
        double[][] vectors =
                model.predict(rows.texts().stream().map(this::tokens).toList());
        int[] classes = rows.classes();
        int n = vectors.length;
        long right = 0;
        long all = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    if (j != i && classes[j] == classes[i] && classes[k] != classes[i]) {
                        all++;
                        right += dot(vectors[i], vectors[j]) > dot(vectors[i], vectors[k]) ? 1 : 0;
                    }
                }
            }
        }
        return (double) right / all;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
