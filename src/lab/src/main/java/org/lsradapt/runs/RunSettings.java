package org.lsradapt.runs;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The settings of a run.
 *
 * @param model name or folder of the base model
 * @param source the origin of the data, for the report; empty for data that comes with the library
 * @param methods in the order in which they run, at least one
 * @param seeds in the order in which they run, at least one
 * @param targets the layers to adapt; empty for query and value projections
 * @param training the training of each method, without its learning rate, initialization and seed
 * @param maxLength longest input in tokens; empty for the default of the kind of task
 * @param balancedClasses whether rare classes have as much weight in the loss as frequent ones
 * @param calibrated whether the probabilities of a classifier are calibrated on the evaluation examples
 * @param teacher the teacher; empty for none
 * @param holdOut the fraction of the training examples, different ones for each seed, that replaces the evaluation examples
 *     in choosing the best evaluation; 0 for none
 * @param saveEvery the number of steps between checkpoints, in addition to one at the end of each epoch; 0 for about once a
 *     minute
 * @param validation folds, search and abstention
 */
public record RunSettings(
        String model,
        BasePrecision basePrecision,
        Optional<String> source,
        List<Method> methods,
        List<Long> seeds,
        Optional<LayerSelector> targets,
        TrainingConfig training,
        OptionalInt maxLength,
        boolean balancedClasses,
        boolean calibrated,
        Optional<Teacher> teacher,
        double holdOut,
        int saveEvery,
        Validation validation) {
    /** Settings of the training that a report shows even if they are defaults. */
    private static final Set<String> SHOWN =
            Set.of("epochs", "batch size", "head learning rate", "weight decay", "warm up", "max gradient norm");
    /** Settings that the report shows per method or in other words. */
    private static final Set<String> OTHERWISE =
            Set.of("learning rate", "head steps", "seed", "low precision", "monitor");

    /**
     * Copies the lists, and checks everything that does not depend on the data and the model.
     *
     * @throws IllegalArgumentException if a number is out of range, or the precision is for inference only
     */
    public RunSettings {
        basePrecision.requireTraining();
        Require.argument(holdOut >= 0 && holdOut < 1, "hold out is %s, expected a fraction from 0 to below 1", holdOut);
        maxLength.ifPresent(tokens -> Require.argument(tokens >= 1, "max length %d, expected >= 1", tokens));
        Checkpoints.in(Path.of(Run.CHECKPOINTS)).every(saveEvery);
        requireFolds(validation, training, holdOut, teacher);
        methods = List.copyOf(methods);
        seeds = List.copyOf(seeds);
        for (Method method : methods) {
            training(training, method, 0);
        }
    }

    private static void requireFolds(
            Validation validation, TrainingConfig training, double holdOut, Optional<Teacher> teacher) {
        Require.argument(
                !validation.hasFolds()
                        || (holdOut == 0
                                && training.patience() == 0
                                && training.evaluateEvery() == 0
                                && teacher.isEmpty()),
                "folds: each is measured once, after the last epoch, and has no teacher; expected no --hold-out, --patience,"
                        + " --eval-every or --teacher with --folds");
    }

    /**
     * Returns the configuration of one method with one seed. The order of the examples depends only on the seed. With folds, only the last
     * epoch is evaluated.
     */
    TrainingConfig training(Method method, long seed) {
        TrainingConfig config = training(training, method, seed);
        return validation.hasFolds()
                ? config.toBuilder().evaluateEvery(Integer.MAX_VALUE).build()
                : config;
    }

    private static TrainingConfig training(TrainingConfig common, Method method, long seed) {
        return common.toBuilder()
                .learningRate(method.learningRate())
                .headSteps(method.headSteps())
                .epochs(method.epochs().orElse(common.epochs()))
                .contrastSteps(method.adapters().isPresent() ? common.contrastSteps() : 0)
                .seed(seed)
                .build();
    }

    /** Describes the settings in sections, for the report. */
    Map<String, Map<String, Object>> describe(List<Method> ran, String task, int length, LayerSelector layers) {
        Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("model", model);
        if (basePrecision != BasePrecision.STORED) {
            run.put("precision of the base model", basePrecision.label());
        }
        run.put("task", task);
        source.ifPresent(data -> run.put("data", data));
        run.put("methods", ran.stream().map(Method::label).toList());
        ran.stream()
                .flatMap(method -> method.from().stream())
                .findFirst()
                .ifPresent(folder -> run.put("adapters from", folder.toString()));
        run.put("seeds", seeds);
        run.put("max length", length);
        Map<String, Object> usual = TrainingConfig.defaults().settings();
        training.settings().forEach((name, value) -> {
            if (SHOWN.contains(name) || (!OTHERWISE.contains(name) && !value.equals(usual.get(name)))) {
                run.put(name, value instanceof Enum<?> named ? named.toString() : value);
            }
        });
        if (balancedClasses) {
            run.put("class weights", "balanced");
        }
        if (calibrated) {
            run.put("calibrated", true);
        }
        teacher.ifPresent(model -> run.putAll(model.settings()));
        run.put("precision of the adapters", training.lowPrecision().precision().label());
        if (training.lowPrecision().master()) {
            run.put("FP32 master", true);
        }
        training.monitor().ifPresent(monitor -> {
            run.put("condition monitor", monitor.policy().label());
            run.put("monitor every", monitor.every());
            run.put("epsilon", monitor.epsilon());
        });
        if (holdOut != 0) {
            run.put("held out", holdOut);
        }
        if (validation.hasFolds()) {
            run.put("folds", validation.folds());
        }
        validation.abstain().ifPresent(precision -> run.put(RunRecord.ABSTAIN, precision));
        sections.put("training", run);
        for (Method method : ran) {
            Map<String, Object> section = describe(method, layers);
            if (!section.isEmpty()) {
                sections.put(method.label(), section);
            }
        }
        return sections;
    }

    private static void putUnless(int byDefault, String name, int value, Map<String, Object> section) {
        if (value != byDefault) {
            section.put(name, value);
        }
    }

    private static Map<String, Object> describe(Method method, LayerSelector layers) {
        Map<String, Object> section = new LinkedHashMap<>();
        method.adapters().ifPresent(config -> {
            section.put("targets", layers.toString());
            section.put("learning rate", method.learningRate());
            section.putAll(config.settings());
        });
        putUnless(0, "head steps", method.headSteps(), section);
        method.epochs().ifPresent(epochs -> section.put("epochs", epochs));
        return section;
    }
}
