package org.lsradapt.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.validation.CrossValidation;
import org.lsradapt.tasks.labels.MultiLabelScores;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

/**
 * The outcome of one method with one seed.
 *
 * @param method the method's name, such as {@code lsr}
 * @param layers the adapted layers at the best evaluation; empty if only the head was trained
 * @param adapterParameters trainable parameters of all adapters; parameters that layers share count once
 * @param training losses and metrics per evaluation
 * @param measured metrics of the best evaluation's parameters on the evaluation examples, if held-out training examples
 *     chose it; empty if {@code training} is measured on the evaluation examples itself
 * @param predictions a classifier's predictions for the evaluation examples; empty for other models
 * @param labels scores of each label, for words with tags or texts with several labels; empty otherwise
 * @param resamples {@link #metrics()} on bootstrap samples of the evaluation examples
 * @param calibration the calibration of a classifier's probabilities on the evaluation examples; empty for other models
 * @param abstention the evaluation examples that a classifier with a least probability answers
 * @param folds the parts of a cross-validation, in which the evaluation examples are all rows; empty without one
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
        Optional<LabelScores> labels,
        Resamples resamples,
        Optional<Calibration> calibration,
        Optional<Abstention> abstention,
        List<CrossValidation.Fold> folds) {

    /** Copies the lists. */
    public MethodResult {
        layers = List.copyOf(layers);
        folds = List.copyOf(folds);
    }

    /** Returns the metrics on the evaluation examples. */
    public Map<String, Double> metrics() {
        return measured.orElseGet(() -> training.best().metrics());
    }

    /**
     * Returns a sentence on labels that the evaluation examples lack and whose F1 is not in the mean, and one on labels with few examples;
     * empty if there are none.
     */
    public List<String> labelWarnings() {
        Map<String, Double> metrics = metrics();
        if (predictions.isPresent()) {
            return Stream.concat(
                            predictions.get().unmeasured().filter(sentence -> metrics.containsKey("f1")).stream(),
                            predictions.get().scarce().stream())
                    .toList();
        }
        List<LabelScore> types = labels.map(LabelScores::types).orElse(List.of());
        List<String> names = types.stream().map(LabelScore::label).toList();
        return Stream.concat(
                        labels
                                .filter(MultiLabelScores.class::isInstance)
                                .flatMap(scores -> LabelScores.unmeasured(
                                        names, label -> types.get(label).support() > 0))
                                .stream(),
                        LabelScores.scarce(names, label -> types.get(label).support()).stream())
                .toList();
    }

    /** Returns the number of all trainable parameters. */
    public long trainableParameters() {
        return adapterParameters + headParameters;
    }
}
