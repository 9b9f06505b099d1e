package org.lsradapt.tasks.masked;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.MaskedDescription;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextTask;

/** Plain texts with masked words to predict. */
public final class MaskedTask extends TrainingTask<LanguageModelData, MaskedLanguageModel> {
    private static final TaskOption RATE = TaskOption.value(
            "--mask-rate",
            "SHARE",
            "The share of tokens to hide, always whole words. Default: " + MaskedLanguageModel.RATE + ".");

    private static final String NAME = "masked";

    /** {@code --task masked}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(TextTask.TEXTS, TaskOption.DEV, TaskOption.FORMAT, TextTask.COLUMN, RATE)
            .defaults(given -> TrainingDefaults.MASKED)
            .check(MaskedTask::check)
            .loads(MaskedDescription.class, MaskedLanguageModel::new)
            .reads(given ->
                    new MaskedTask(NAME, TextTask.plainTexts(given).inPassages().read(), rate(given)));

    private final double rate;

    /** Creates a task of plain texts, with its name in folders and the share of tokens that are masked. */
    public MaskedTask(String name, LanguageModelData data, double rate) {
        super(name, data, TrainingDefaults.MASKED, Feature.LABEL_SMOOTHING);
        this.rate = rate;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation texts, %s of their tokens hidden",
                name(),
                data().train().size(),
                data().evaluation().size(),
                rate);
    }

    @Override
    protected MaskedTask with(LanguageModelData other) {
        return new MaskedTask(name(), other, rate);
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("mask_rate", rate);
    }

    /** Shows how another training starts from the adapter. */
    @Override
    public Usage usage(String adapter) {
        return new Usage(
                "lsr-adapt finetune --task classify --model MODEL --train labelled.csv --from " + adapter,
                "var result = TextClassifier.on(model).from(Path.of(\"" + adapter + "\")).train(examples);");
    }

    @Override
    public String primaryMetric() {
        return MaskedTexts.PERPLEXITY;
    }

    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        try (MaskedLanguageModel model = MaskedLanguageModel.of((BaseModel) base)) {
            return List.of(Baseline.baseMetrics(measure(model, length).metrics()));
        }
    }

    private Measurement measure(MaskedLanguageModel model, int length) {
        return model.measure(MaskedLanguageModel.plain(data().evaluation()), length, rate);
    }

    @Override
    public MaskedLanguageModel train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(MaskedLanguageModel.on((BaseModel) base).name(name()).rate(rate))
                .train(data());
    }

    @Override
    public Measured measure(MaskedLanguageModel model, Setup setup) {
        return new Measured(measure(model, model.maxLength()));
    }

    private static void check(TaskOptions given) {
        given.requireFiles();
        given.requireTexts(1, 1);
        double rate = rate(given);
        given.refuse(!(rate > 0 && rate < 1), "--mask-rate " + rate, "a share above 0 and below 1");
    }

    private static double rate(TaskOptions given) {
        return given.number(RATE).orElse(MaskedLanguageModel.RATE);
    }
}
