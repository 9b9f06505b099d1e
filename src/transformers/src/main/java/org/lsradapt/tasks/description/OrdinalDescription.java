package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.OrdinalObjective;
import org.lsradapt.objectives.heads.OrdinalThresholds;
import org.lsradapt.objectives.heads.SequenceHead;

/**
 * The choice of one of several ordered classes by a score.
 *
 * @param labels the names of the classes in their order
 * @param thresholds the scores between neighboring classes; see {@link OrdinalThresholds}
 */
public record OrdinalDescription(String name, List<String> labels, boolean pairs, List<Double> thresholds)
        implements TaskDescription {
    /** The fields of {@code config.json} with labels and thresholds; unknown to transformers. */
    static final String LABELS = "ordinal_labels";

    static final String THRESHOLDS = "ordinal_thresholds";

    /** Checks that there are at least two different labels, and one threshold less, in rising order. */
    public OrdinalDescription {
        labels = Descriptions.requireLabels(name, "ordinal", labels);
        thresholds = List.copyOf(thresholds);
        Require.argument(
                thresholds.size() == labels.size() - 1,
                "task %s: an ordinal with thresholds %s, expected one less than the labels %s",
                name,
                thresholds,
                labels);
        OrdinalThresholds.require(numbers(thresholds));
    }

    static OrdinalDescription read(JsonFields fields) throws IOException {
        return new OrdinalDescription(
                fields.text("name"), fields.texts("labels"), fields.flag("pairs"), fields.numbers("thresholds"));
    }

    static Optional<OrdinalDescription> of(HubHead head) throws IOException {
        return head.readsWhole() && head.outputs() == 1 && head.config().has(THRESHOLDS)
                ? Optional.of(new OrdinalDescription(
                        "ordinal",
                        head.config().texts(LABELS),
                        false,
                        head.config().numbers(THRESHOLDS)))
                : Optional.empty();
    }

    private static double[] numbers(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Returns the logarithm of each class's probability, for an output of the head. */
    public double[] logProbabilities(double score) {
        return OrdinalThresholds.logProbabilities(score, numbers(thresholds));
    }

    @Override
    public String kind() {
        return "ordinal";
    }

    @Override
    public String summary() {
        return labels.size() + " ordered classes, from " + labels.get(0) + " to " + labels.get(labels.size() - 1);
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public boolean averages() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.fields(this, "labels", labels, "pairs", pairs, "thresholds", thresholds);
    }

    @Override
    public Map<String, Object> hubFields() {
        Map<String, Object> fields = HubHead.names(HubHead.NUMBER, List.of());
        fields.put(LABELS, labels);
        fields.put(THRESHOLDS, thresholds);
        return fields;
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.classifier(thresholds.stream()
                        .map(threshold -> String.format(Locale.ROOT, "%.6f", threshold))
                        .collect(Collectors.joining(
                                ", ", "gives each text a score for ordered classes, with the thresholds ", "")))
                .loadedWith(", num_labels=1");
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return OrdinalObjective.of(head, numbers(thresholds), backend);
    }
}
