package org.lsradapt.runs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.Ensemble;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.RememberedOutputs;
import org.lsradapt.finetuning.SequenceModel;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.Example;

/**
 * Trained models whose outputs a run learns from.
 *
 * @param adapters their folders, at least one; the outputs of several are averaged
 * @param share the teacher's share of a classifier's loss, above 0, up to 1
 * @param temperature the divisor of class logits before they are compared, positive
 */
public record Teacher(List<Path> adapters, double share, double temperature) {

    /** Copies the list, and checks the numbers. */
    public Teacher {
        adapters = List.copyOf(adapters);
        Require.argument(!adapters.isEmpty(), "teacher: found no folders, expected at least one");
        Require.argument(share > 0 && share <= 1, "teacher's share %s: expected above 0, up to 1", share);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "temperature %s: expected a finite positive number",
                temperature);
    }

    /**
     * Loads the models, each on its own base model, computes their outputs, and closes them.
     *
     * @throws IllegalArgumentException if the models have different kinds of outputs, or cannot take such examples
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RememberedOutputs answers(List<Example> examples) throws IOException {
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
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("teacher", adapters.stream().map(Path::toString).toList());
        settings.put("teacher's share", share);
        settings.put("temperature", temperature);
        return settings;
    }
}
