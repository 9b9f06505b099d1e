package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.language.PreferenceLoss;

/** Prompts with a chosen and a rejected answer. */
public final class PreferencesTask extends TrainingTask<PreferenceData, TextGenerator> {
    private static final TaskOption LOSS = TaskOption.value(
            "--loss", "LOSS", "dpo (compared with the base model) or orpo (without it). Default: dpo.");
    private static final TaskOption BETA = TaskOption.value(
            "--beta",
            "B",
            "The factor of DPO's rewards or ORPO's odds. With DPO, smaller values let the model move further from"
                    + " the base model. Default: 0.1.");

    private static final String NAME = "preferences";

    /** {@code --task preferences}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(TaskOption.TRAIN, TaskOption.DEV, TaskOption.FORMAT, LOSS, BETA)
            .usualColumns("chosen", "rejected")
            .defaults(given -> TrainingDefaults.of(loss(given)))
            .check(given -> {
                given.requireOneFile();
                loss(given);
            })
            .reads(PreferencesTask::read);

    private final PreferenceLoss loss;

    /** Creates a task with its name in folders and its loss, without label smoothing, which is a setting of the training. */
    public PreferencesTask(String name, PreferenceData data, PreferenceLoss loss) {
        // The loss checks whether it supports smoothing.
        super(name, data, TrainingDefaults.of(loss), Feature.LABEL_SMOOTHING);
        this.loss = loss;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation pairs of answers, loss %s",
                name(),
                data().train().size(),
                data().evaluation().size(),
                loss);
    }

    @Override
    protected PreferencesTask with(PreferenceData other) {
        return new PreferencesTask(name(), other, loss);
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("loss", loss.toString());
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "generate --prompt 'a text'", "TextGenerator", "generate(\"a text\")");
    }

    @Override
    public String primaryMetric() {
        return "accuracy";
    }

    @Override
    public int usualLength(FrozenModel base) {
        return FineTuning.TEXT_LENGTH;
    }

    /** With a reference, margins are relative to the base model, whose own margin is 0. */
    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) {
        BaseModel model = (BaseModel) base;
        TextGenerator.requireCausal(model);
        Map<String, Double> metrics = new LinkedHashMap<>(PreferencePairs.encode(data().evaluation(), model, length)
                .measure(model, Optional.empty(), loss)
                .metrics());
        if (loss.hasReference()) {
            metrics.keySet().retainAll(Set.of(PreferencePairs.PERPLEXITY));
        }
        return List.of(Baseline.baseMetrics(metrics));
    }

    @Override
    public TextGenerator train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(TextGenerator.on((BaseModel) base).name(name()).preferenceLoss(loss))
                .train(data());
    }

    @Override
    public Measured measure(TextGenerator model, Setup setup) {
        return new Measured(
                model.measure(data().evaluation(), loss.smoothed(setup.config().labelSmoothing())));
    }

    private enum Loss {
        DPO(PreferenceLoss::dpo, PreferenceLoss.DPO_BETA),
        ORPO(PreferenceLoss::orpo, PreferenceLoss.ORPO_BETA);

        private final DoubleFunction<PreferenceLoss> make;
        private final double usualBeta;

        Loss(DoubleFunction<PreferenceLoss> make, double usualBeta) {
            this.make = make;
            this.usualBeta = usualBeta;
        }
    }

    private static PreferenceLoss loss(TaskOptions given) {
        Loss loss = given.named(LOSS, Loss.values()).orElse(Loss.DPO);
        return loss.make.apply(given.number(BETA).orElse(loss.usualBeta));
    }

    private static PreferencesTask read(TaskOptions given) throws IOException {
        PreferenceData.FromFile file = PreferenceData.of(given.train());
        given.dev().ifPresent(file::dev);
        return new PreferencesTask(NAME, file.read(), loss(given));
    }
}
