package org.lsradapt.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.tasks.LabelScore;
import org.lsradapt.tasks.LabelScores;
import org.lsradapt.tasks.MultiLabelScores;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

/**
 * The outcome of one method with one seed.
 *
 * @param method such as {@code lsr}
 * @param layers the adapted layers of the best evaluation; empty if the head alone was trained
 * @param adapterParameters trainable parameters of all adapters; what layers share counts once
 * @param headParameters trainable parameters of the head
 * @param training losses and metrics per evaluation
 * @param measured metrics on the evaluation examples of the best evaluation's parameters, where that was chosen on held
 *     out training examples; empty where {@code training} is of the evaluation examples itself
 * @param predictions what a classifier says about the evaluation examples; empty for all else
 * @param labels how well each label is found, of words or of texts that may have several; empty for all else
 */
public record MethodResult(
        String method,
        long seed,
        List<LayerReport> layers,
        long adapterParameters,
        long headParameters,
        TrainingResult training,
        Optional<Map<String, Double>> measured,
        Optional<Predictions> predictions,
        Optional<LabelScores> labels) {

    /** Of an evaluation on the evaluation examples alone, of what is no classifier. */
    public MethodResult(
            String method,
            long seed,
            List<LayerReport> layers,
            long adapterParameters,
            long headParameters,
            TrainingResult training) {
        this(
                method,
                seed,
                layers,
                adapterParameters,
                headParameters,
                training,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Copies the list. */
    public MethodResult {
        layers = List.copyOf(layers);
    }

    /** Metrics on the evaluation examples. */
    public Map<String, Double> metrics() {
        return measured.orElseGet(() -> training.best().metrics());
    }

    /** A sentence on labels that the evaluation examples lack and whose F1 is not in the mean; empty if there are none. */
    public Optional<String> unmeasured() {
        Map<String, Double> metrics = metrics();
        if (predictions.isPresent()) {
            return predictions.get().unmeasured().filter(sentence -> metrics.containsKey("f1"));
        }
        return labels.filter(MultiLabelScores.class::isInstance)
                .flatMap(scores -> LabelScores.unmeasured(
                        scores.types().stream().map(LabelScore::label).toList(),
                        label -> scores.types().get(label).support() > 0));
    }

    /** Trainable parameters in all. */
    public long trainableParameters() {
        return adapterParameters + headParameters;
    }
}
