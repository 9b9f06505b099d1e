package org.lsradapt.cli.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.cli.command.PathCheck;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.models.BaseModel;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.store.KeyOutcome;
import org.lsradapt.store.KeyOutcomes;
import org.lsradapt.store.PerKeyTraining;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.training.settings.TrainingConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of {@code finetune --per}, which trains an adapter for each key of a table and fills a store. */
final class PerKeyOptions {
    private static final String TASK = "classify";
    private static final int FOLDS = 4;

    /** The options that {@code --per} accepts; all other options belong to runs. */
    private static final Set<String> TAKEN = Set.of(
            ("--per --store --own --chance --folds --min-gain --min-rows --report --overwrite --from --train --task --format --text --label --hold-out"
                            + " --seed --epochs --batch --batch-tokens --accumulate --lr --lora-lr --head-lr --schedule"
                            + " --warmup --weight-decay --clip --label-smoothing --dropout --quiet")
                    .split(" "));

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--per",
            paramLabel = "COLUMN",
            description = "Train a head or an adapter for each key in this column of --train, such as a user's name,"
                    + " starting from the classifier of --from. Put those that are better into --store. Run the same"
                    + " command again to continue.")
    private String column;

    @Option(names = "--store", paramLabel = "FILE", description = "--per: the store, created if missing.")
    @Names(Names.Use.OWN)
    private Path file;

    @Option(
            names = "--own",
            split = ",",
            paramLabel = "PARTS",
            description = "--per: what a key gets of its own, in the order to try: head; coefficients (of the terms of"
                    + " an lsr, lsr-shared or krona-shared adapter); coefficients+head; adapter (with the head). The"
                    + " first that pass the test of --chance are kept.")
    private List<String> own = List.of(KeyParts.HEAD.label(), KeyParts.ADAPTER_AND_HEAD.label());

    @Option(
            names = "--chance",
            paramLabel = "P",
            description = "--per: keep an adapter only if one as good as the shared one would be so much better on the"
                    + " key's held-out rows by chance with at most this probability. Each row is held out once"
                    + " (--folds, 4 here), or a part of them (--hold-out). 1 for no test.")
    private double chance = 0.1;

    @Option(
            names = "--min-gain",
            paramLabel = "GAIN",
            description =
                    "--per: keep an adapter only if its gain in accuracy on the key's held-out rows exceeds" + " this.")
    private double minGain;

    @Option(
            names = "--min-rows",
            paramLabel = "N",
            description = "--per: keys with fewer rows get no adapter and use --from.")
    private int minRows = 20;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "--per: a table of all keys with their scores. Default: the store's name with .csv.")
    @Names(Names.Use.NEW_FILE)
    private Path report;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    /** Whether {@code --per} is given. Throws if other options of this group are given without it. */
    boolean isGiven() {
        if (column == null) {
            List<String> others = matched()
                    .filter(
                            List.of(
                                    "--store",
                                    "--own",
                                    "--chance",
                                    "--min-gain",
                                    "--min-rows",
                                    "--report",
                                    PathCheck.OVERWRITE)::contains)
                    .toList();
            BadInput.throwIf(
                    !others.isEmpty(), "found " + String.join(", ", others) + " without --per COLUMN, expected both");
        }
        return column != null;
    }

    /**
     * Returns the report's file unless an option names it. A table with a report's header counts as the report of an
     * earlier call.
     */
    List<PathCheck.Named> derivedOutputs() throws IOException {
        if (column == null || file == null || report != null) {
            return List.of();
        }
        boolean continued = Files.exists(file) && isReport(table());
        return List.of(new PathCheck.Named("the report", table(), continued ? Names.Use.OWN : Names.Use.NEW_FILE));
    }

    private static boolean isReport(Path table) throws IOException {
        if (!Files.isRegularFile(table)) {
            return false;
        }
        byte[] header = bytes(new KeyOutcomes(List.of()));
        try (InputStream in = Files.newInputStream(table)) {
            return Arrays.equals(in.readNBytes(header.length), header);
        }
    }

    private static byte[] bytes(KeyOutcomes outcomes) {
        return outcomes.csv().getBytes(StandardCharsets.UTF_8);
    }

    private Path table() {
        return report == null ? Path.of(file + ".csv") : report;
    }

    private Stream<String> matched() {
        return spec.commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName);
    }

    private void check(DataOptions data, MethodOptions methods, TrainingOptions training) throws IOException {
        List<String> others = matched().filter(name -> !TAKEN.contains(name)).toList();
        BadInput.throwIf(
                !others.isEmpty(),
                "--per " + column + ": found " + String.join(", ", others)
                        + " as well, expected none of them: base model, kind and layers come from --from");
        BadInput.throwIf(
                matched().anyMatch("--task"::equals) && !data.task().equals(TASK),
                "--per " + column + ": found --task " + data.task() + ", expected " + TASK
                        + ", texts with one label each");
        BadInput.throwIf(
                file == null || methods.from().isEmpty(),
                "--per " + column + ": expected --store FILE and --from ADAPTER, a classifier that"
                        + " finetune saved");
        methods.requireRead(methods.methods(List.of(), training.headRate, true, TrainingDefaults.HEAD));
        data.refuseCorrections("--per " + column);
        data.given().requireOneFile();
        data.given().requireTexts(1, 2);
        BadInput.throwIf(
                training.seeds().size() > 1,
                "--per " + column + ": found seeds " + training.seeds() + ", expected one");
        BadInput.throwIf(
                matched().anyMatch("--folds"::equals) && matched().anyMatch("--hold-out"::equals),
                "--per " + column + ": found --folds and --hold-out, expected one of them");
    }

    /**
     * Trains the adapters of all keys.
     *
     * @param folds the number of parts of --folds; 0 if it is not given
     * @param quiet whether to print only the summary
     */
    void run(
            Console console,
            DataOptions data,
            MethodOptions methods,
            TrainingOptions training,
            int folds,
            boolean quiet)
            throws IOException {
        check(data, methods, training);
        Path shared = methods.from().orElseThrow();
        AdapterCard card = AdapterOption.card(shared);
        Map<KeyParts, TrainingConfig> configs = new EnumMap<>(KeyParts.class);
        for (String label : own) {
            KeyParts parts = KeyParts.named(label);
            configs.put(parts, config(data, methods, training, KeyTrainer.defaultConfig(shared, parts), parts));
        }
        List<String> labels = card.task().labels();
        TaskOptions given = data.given();
        KeyedTexts texts = ClassificationTask.file(given.train(), labels, given).byKey(column, labels);
        try (BaseModel base = BaseModel.load(card.baseModel(), card.basePrecision());
                AdapterStore store = AdapterStore.open(file, base)) {
            AtomicInteger now = new AtomicInteger();
            PerKeyTraining trainings = PerKeyTraining.from(base, shared)
                    .parts(own.stream().map(KeyParts::named).toList())
                    .config(configs::get)
                    .folds(folds == 0 ? FOLDS : folds)
                    .leastRows(minRows)
                    .minGain(minGain)
                    .mostChance(chance)
                    .listener(outcome -> {
                        now.incrementAndGet();
                        if (!quiet) {
                            console.out().println(line(outcome));
                        }
                    });
            if (training.holdOut() > 0) {
                trainings.heldOut(training.holdOut());
            }
            KeyOutcomes outcomes = trainings.train(texts, store);
            AtomicFile.write(table(), bytes(outcomes));
            summary(outcomes, now.get()).lines().forEach(console.out()::println);
            console.out().println("store: " + file + ", report: " + table());
        }
    }

    private TrainingConfig config(
            DataOptions data, MethodOptions methods, TrainingOptions training, TrainingConfig usual, KeyParts parts)
            throws IOException {
        boolean given = matched().anyMatch(List.of("--lr", "--lora-lr")::contains);
        double saved = methods.savedRate().orElseThrow();
        return training.perKey(data, usual, parts.hasCoefficients() && !given ? usual.learningRate() : saved);
    }

    private static String line(KeyOutcome outcome) {
        return String.format(
                Locale.ROOT,
                "%s: %d rows, on %d held out shared %.4f, own %.4f, %s %s",
                ControlCharacters.escaped(outcome.key()),
                outcome.rows(),
                outcome.scores().heldOut(),
                outcome.shared().orElseThrow(),
                outcome.own().orElseThrow(),
                outcome.parts().label(),
                outcome.status() == KeyOutcome.Status.KEPT ? "kept" : "refused");
    }

    private String summary(KeyOutcomes outcomes, int now) {
        long trained = outcomes.trained();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%,d keys: %,d trained (%,d of them now), %,d kept, %,d refused; %,d have too few rows and stay on the"
                        + " shared adapter\n",
                outcomes.all().size(),
                trained,
                now,
                outcomes.count(KeyOutcome.Status.KEPT),
                outcomes.count(KeyOutcome.Status.REFUSED),
                outcomes.count(KeyOutcome.Status.TOO_FEW_ROWS)));
        if (trained > 1) {
            text.append(String.format(
                    Locale.ROOT,
                    "mean gain in accuracy of the trained keys, kept or refused: %+.4f ± %.4f (95 %%)\n",
                    outcomes.meanGain(),
                    outcomes.meanGainError()));
        }
        return text.toString();
    }
}
