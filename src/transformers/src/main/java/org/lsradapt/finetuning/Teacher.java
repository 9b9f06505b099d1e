package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.Example;

/**
 * Trained models whose outputs a training learns from. For one thread.
 */
public final class Teacher {
    private final List<Path> adapters;
    private final double share;
    private final double temperature;
    /** The outputs for {@link #answered}; null until they are needed. */
    private @Nullable RememberedOutputs answers;

    private List<Example> answered = List.of();

    /**
     * Creates a teacher.
     *
     * @param adapters the models' folders, at least one; the outputs of several are averaged
     * @param share the teacher's share of a classifier's loss, above 0, up to 1
     * @param temperature the divisor of class logits before they are compared, positive
     */
    public Teacher(List<Path> adapters, double share, double temperature) {
        this.adapters = List.copyOf(adapters);
        this.share = share;
        this.temperature = temperature;
        Require.argument(!adapters.isEmpty(), "teacher: found no folders, expected at least one");
        Require.argument(share > 0 && share <= 1, "teacher's share %s: expected above 0, up to 1", share);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "temperature %s: expected a finite positive number",
                temperature);
    }

    double share() {
        return share;
    }

    double temperature() {
        return temperature;
    }

    /**
     * Loads the models, each on its own base model, computes their outputs, and closes them. The outputs are kept for
     * the next call with the same examples.
     *
     * @throws IllegalArgumentException if the models have different kinds of outputs, or cannot take such examples
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RememberedOutputs answers(List<Example> examples) throws IOException {
        if (answers == null || answered != examples) {
            answers = compute(examples);
            answered = examples;
        }
        return answers;
    }

    private RememberedOutputs compute(List<Example> examples) throws IOException {
        List<SequenceModel> models = new ArrayList<>();
        try {
            for (Path folder : adapters) {
                FineTunedModel loaded = FineTunedModel.load(folder);
                if (!(loaded instanceof SequenceModel model)) {
                    loaded.close();
                    throw new IllegalArgumentException(
                            "teacher " + folder + ": expected a classifier of texts or images, or a reranker");
                }
                models.add(model);
            }
            return RememberedOutputs.of(Ensemble.of(models), examples);
        } finally {
            models.forEach(FineTunedModel::close);
        }
    }

    /**
     * Loads the models as embedders, each on its own base model.
     *
     * @return the embedders, which the caller closes
     * @throws IllegalArgumentException if a model is not an embedder
     * @throws IOException if a file is missing or malformed; the message names it
     */
    List<TextEmbedder> embedders() throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            List<TextEmbedder> embedders = new ArrayList<>();
            for (Path folder : adapters) {
                embedders.add(opened.add(TextEmbedder.load(folder)));
            }
            return opened.release(embedders);
        }
    }

    /** Returns the settings for the report. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("teacher", adapters.stream().map(Path::toString).toList());
        settings.put("teacher's share", share);
        settings.put("temperature", temperature);
        return settings;
    }
}
