package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.LanguageModelData;

/** Texts to predict token by token, as the data of a run. */
public record TextRunData(String name, LanguageModelData texts) implements RunData {

    @Override
    public TextRunData holdOut(double fraction, long seed) {
        return new TextRunData(
                name,
                LanguageModelData.of(texts.train()).heldOut(fraction).seed(seed).build());
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %d training and %d evaluation texts, next tokens to predict",
                name,
                texts.train().size(),
                texts.evaluation().size());
    }

    @Override
    public List<String> notes() {
        return texts.notes();
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "generate --prompt 'a text'", "TextGenerator", "generate(\"a text\")");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new TextExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public String primaryMetric() {
        return "perplexity";
    }

    @Override
    public boolean hasLabelsToSmooth() {
        return true;
    }
}
