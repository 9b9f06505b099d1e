package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.PreferenceLoss;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.PreferenceData;

/**
 * Pairs of answers of which one is preferred, as the data of a run.
 *
 * @param pairs the answers
 * @param loss the loss to minimize, without label smoothing, which is a setting of the training
 */
public record PreferenceRunData(String name, PreferenceData pairs, PreferenceLoss loss) implements RunData {

    @Override
    public PreferenceRunData holdOut(double fraction, long seed) {
        PreferenceData divided =
                PreferenceData.from(pairs.train()).heldOut(fraction).seed(seed).build();
        return new PreferenceRunData(name, divided, loss);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation pairs of answers, loss %s",
                name,
                pairs.train().size(),
                pairs.evaluation().size(),
                loss);
    }

    @Override
    public List<String> notes() {
        return pairs.notes();
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
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new PreferenceExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public String primaryMetric() {
        return "accuracy";
    }

    /** Always true; the loss checks whether it supports smoothing. */
    @Override
    public boolean hasLabelsToSmooth() {
        return true;
    }
}
