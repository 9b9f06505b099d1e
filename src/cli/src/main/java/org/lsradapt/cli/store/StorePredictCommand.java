package org.lsradapt.cli.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.cli.inference.PredictionFormat;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.classification.ClassPrediction;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.inputs.ModelInput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "predict",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfClasses.class,
        description = "Classifies the texts of a table, each with its key's adapter in the store, or with the"
                + " shared one if the key has none. Keys share batches. With a column of labels, also prints the"
                + " accuracy.")
final class StorePredictCommand extends StoreCommand.OnStore {
    private static final int BATCH = 64;

    /** The name of the shared adapter; a key contains no control characters. */
    private static final String SHARED = "(shared)\0";

    @Mixin
    private AdapterOption shared = new AdapterOption();

    @Option(
            names = "--data",
            paramLabel = "TABLE",
            description = "CSV, TSV or JSON lines, or - for such a table from standard input.")
    @Names(Names.Use.INPUT)
    private Path data;

    @Option(names = "--per", required = true, paramLabel = "COLUMN", description = "The column of the keys.")
    private String column;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private PredictionFormat format = new PredictionFormat();

    @Override
    protected void execute() throws IOException {
        try (DeviceOption.Opened where = device.open(console().err()::println);
                SavedAdapter saved = shared.load()) {
            AdapterCard card = shared.card(saved);
            TaskDescription task = card.task();
            Require.argument(
                    task instanceof ClassificationDescription,
                    "--adapter %s: is of task %s, expected a classifier of texts",
                    shared,
                    task.name());
            Require.argument(
                    task.leastProbability().isEmpty(),
                    "--adapter %s: abstains below a probability, which does not hold for the adapters of keys, expected a"
                            + " classifier that was trained without --abstain",
                    shared);
            TaskOptions given = TaskOptionSpecs.given(spec(), task.name());
            Table table = table(given);
            PredictionInputs inputs =
                    ClassificationTask.file(table, task.labels(), given).inputs(task.labels());
            List<String> keys = KeyedTexts.keys(table, column);
            try (BaseModel base = BaseModel.load(card.baseModel(), card.basePrecision());
                    AdapterStore store = AdapterStore.open(file, base);
                    MultiAdapterModel model = new MultiAdapterModel(
                            base,
                            Backends.standard(),
                            ServedSource.of(store).requiring(found -> requireLike(task, found)))) {
                model.passes(where.passes().inference());
                saved.requireBase(base.name(), base.fingerprint());
                model.add(SHARED, saved);
                predict(inputs, names(keys, store), base, card, model);
            }
        }
    }

    private Table table(TaskOptions given) {
        DatabaseOptions.check(given);
        boolean query = given.has(DatabaseOptions.SQL);
        BadInput.throwIf(
                query == (data != null),
                "found " + (query ? "--data and --sql" : "no texts")
                        + ", expected --data TABLE, or --jdbc URL --sql QUERY");
        return query
                ? DatabaseOptions.query(given, DatabaseOptions.SQL)
                : given.formatted(given.table(data.toString()));
    }

    private static void requireLike(TaskDescription task, AdapterCard found) {
        Require.argument(
                found.task().labels().equals(task.labels()),
                "the adapter's classes are %s, expected those of the shared one, %s",
                found.task().labels(),
                task.labels());
    }

    private static List<String> names(List<String> keys, AdapterStore store) throws IOException {
        Map<String, String> names = new HashMap<>();
        for (String key : keys) {
            if (!names.containsKey(key)) {
                names.put(key, store.version(key).isPresent() ? key : SHARED);
            }
        }
        return keys.stream().map(names::get).toList();
    }

    private void predict(
            PredictionInputs inputs, List<String> names, BaseModel base, AdapterCard card, MultiAdapterModel model)
            throws IOException {
        List<Example> examples = inputs.examples();
        List<double[]> outputs = new ArrayList<>();
        for (int from = 0; from < examples.size(); from += BATCH) {
            int to = Math.min(examples.size(), from + BATCH);
            List<ModelInput> batch = examples.subList(from, to).stream()
                    .<ModelInput>map(one -> base.tokenizer().encode(one.first(), one.second(), card.maxLength()))
                    .toList();
            outputs.addAll(List.of(model.predict(batch, names.subList(from, to))));
        }
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            predictions.add(ClassPrediction.ofText(
                    examples.get(i),
                    Classification.of(outputs.get(i), card.task().labels())));
        }
        format.print(out(), predictions);
        if (inputs.hasLabels()) {
            double[][] rows = outputs.toArray(double[][]::new);
            long own = names.stream().filter(name -> !name.equals(SHARED)).count();
            console()
                    .err()
                    .println(PredictionFormat.metrics(inputs.evaluate(rows), inputs.resamples(rows))
                            + String.format(
                                    Locale.ROOT, "  %,d rows, %,d by their own adapters", examples.size(), own));
            inputs.notes().forEach(console().err()::println);
        }
    }
}
