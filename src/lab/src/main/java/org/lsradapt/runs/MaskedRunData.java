package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.training.MaskedTexts;

/**
 * Texts with masked words to predict, as the data of a run.
 *
 * @param texts plain texts
 * @param rate the share of tokens that are masked
 */
public record MaskedRunData(String name, LanguageModelData texts, double rate) implements RunData {

    @Override
    public MaskedRunData holdOut(double fraction, long seed) {
        LanguageModelData divided =
                LanguageModelData.of(texts.train()).heldOut(fraction).seed(seed).build();
        return new MaskedRunData(name, divided, rate);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation texts, %s of their tokens hidden",
                name,
                texts.train().size(),
                texts.evaluation().size(),
                rate);
    }

    @Override
    public List<String> notes() {
        return texts.notes();
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
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new MaskedExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public String primaryMetric() {
        return MaskedTexts.PERPLEXITY;
    }

    @Override
    public boolean hasLabelsToSmooth() {
        return true;
    }
}
