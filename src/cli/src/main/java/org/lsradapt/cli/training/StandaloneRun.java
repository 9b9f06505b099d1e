package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.cli.inference.PredictionFormat;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.StandaloneTraining;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.runs.Method;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.TrainingConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A call of {@code finetune} for a {@link StandaloneTraining}: each method with each seed, and what they reach. */
record StandaloneRun(
        Console console,
        StandaloneTraining alone,
        DataOptions data,
        MethodOptions methods,
        TrainingOptions training,
        boolean quiet) {
    private static final Set<String> OF_ALL = Set.of("--task", "--model", "--out", "--quiet");

    /** Options after whose values the adapters are not the usual ones. */
    private static final Set<String> OF_ADAPTERS = Set.of("--methods", "--lora-r", "--lora-alpha");

    /** Throws if an option is given that the training does not have. */
    static void requireSupported(CommandSpec spec, DataOptions data, StandaloneTraining alone) {
        Set<String> known = new HashSet<>(alone.settings());
        known.addAll(OF_ALL);
        data.type().trainingOptions().stream().map(TaskOption::name).forEach(known::add);
        List<String> others = spec.commandLine().getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .filter(name -> !known.contains(name))
                .toList();
        BadInput.throwIf(
                !others.isEmpty(),
                "--task " + data.task() + ": found " + String.join(", ", others)
                        + ", expected none of them: the training does not have it");
    }

    /** Trains, prints the results, and writes adapters and {@code metrics.json} into a new folder. */
    void execute(String model, Path out) throws IOException {
        BadInput.throwIf(out == null, "--task " + data.task() + ": found no --out, expected --out FOLDER");
        OutputFolder.requireFree(out);
        double share = training.holdOut();
        StandaloneTraining.Subject subject =
                alone.read(data.given(), model, share == 0 ? OptionalDouble.empty() : OptionalDouble.of(share));
        if (!quiet) {
            subject.notes().forEach(note -> say(note));
        }
        List<Map<String, Object>> results = new ArrayList<>();
        List<Runnable> told = new ArrayList<>();
        OutputFolder.write(out, folder -> {
            for (long seed : training.seeds()) {
                for (Method method : asked()) {
                    String name = method.label().replace(':', '-') + "-" + seed;
                    StandaloneTraining.Trained trained =
                            subject.train(method.adapters().orElseThrow().withSeed(seed), config(method, seed));
                    trained.saving().save(folder.resolve(name));
                    results.add(fields(method, seed, trained));
                    told.add(() -> tell(out.resolve(name), trained));
                }
            }
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("task", data.task());
            root.put("model", model);
            root.put("results", results);
            JsonFile.write(folder.resolve("metrics.json"), JsonFile.node(root));
        });
        told.forEach(Runnable::run);
    }

    private List<Method> asked() throws IOException {
        TrainingDefaults defaults = data.defaults(Optional.empty());
        AdapterConfig usual = alone.usual();
        List<Method> named = methods.methods(List.of(usual.label()), training.headRate, false, defaults);
        for (Method method : named) {
            BadInput.throwIf(
                    method.adapters().isEmpty(),
                    "--task " + data.task() + ": found the method " + method.label() + ", expected adapters");
        }
        boolean isUsual = data.matched().noneMatch(OF_ADAPTERS::contains);
        return isUsual ? List.of(Method.of(usual.label(), usual, named.get(0).learningRate())) : named;
    }

    private TrainingConfig config(Method method, long seed) {
        return training.config(data, Optional.empty(), LowPrecision.NONE, Optional.empty()).toBuilder()
                .learningRate(method.learningRate())
                .seed(seed)
                .build();
    }

    private static Map<String, Object> fields(Method method, long seed, StandaloneTraining.Trained trained) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("method", method.label());
        fields.put("seed", seed);
        fields.put("adapter_parameters", trained.parameters());
        Map<String, Object> intervals = new LinkedHashMap<>();
        trained.measured().forEach((name, measured) -> {
            fields.put(name, measured.metrics());
            Map<String, Object> ofMetrics = new LinkedHashMap<>();
            measured.resamples()
                    .intervals()
                    .forEach((metric, interval) -> ofMetrics.put(metric, List.of(interval.low(), interval.high())));
            intervals.put(name, ofMetrics);
        });
        fields.put("intervals", intervals);
        return fields;
    }

    private void tell(Path folder, StandaloneTraining.Trained trained) {
        say(String.format(
                Locale.ROOT, "adapter: %s, %,d parameters; %s", folder, trained.parameters(), trained.summary()));
        trained.measured().forEach((name, measured) -> {
            Resamples resamples = measured.resamples();
            say(String.format(Locale.ROOT, "%-7s", name + ":") + " "
                    + PredictionFormat.metrics(measured.metrics(), resamples));
        });
    }

    private void say(String line) {
        console.out().println(ControlCharacters.escaped(line));
    }
}
