package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;

/**
 * The choice of any number of labels.
 *
 * @param thresholds the lowest probability at which each label counts
 * @param temperatures one temperature per label; empty if the probabilities are not calibrated
 */
public record MultiLabelDescription(
        String name, List<String> labels, boolean pairs, List<Double> thresholds, List<Double> temperatures)
        implements TaskDescription {
    /** The field of {@code config.json} with the thresholds; unknown to transformers. */
    static final String THRESHOLDS = "label_thresholds";

    static final double USUAL = 0.5;

    /** Checks that there are at least two different labels, and a threshold above 0 and not above 1 for each. */
    public MultiLabelDescription {
        labels = Descriptions.requireLabels(name, "multi_label", labels);
        thresholds = List.copyOf(thresholds);
        Require.argument(
                thresholds.size() == labels.size()
                        && thresholds.stream().allMatch(threshold -> threshold > 0 && threshold <= 1),
                "task %s: a multi_label with thresholds %s, expected one above 0 and not above 1 for each of %d labels",
                name,
                thresholds,
                labels.size());
        temperatures = Descriptions.requireTemperatures(name, temperatures, labels.size());
    }

    /** Creates a description without calibration. */
    public MultiLabelDescription(String name, List<String> labels, boolean pairs, List<Double> thresholds) {
        this(name, labels, pairs, thresholds, List.of());
    }

    /** Creates a description with thresholds of 0.5, without calibration. */
    public MultiLabelDescription(String name, List<String> labels, boolean pairs) {
        this(name, labels, pairs, Collections.nCopies(labels.size(), USUAL));
    }

    static MultiLabelDescription read(JsonFields fields) throws IOException {
        return new MultiLabelDescription(
                fields.text("name"),
                fields.texts("labels"),
                fields.flag("pairs"),
                fields.numbers("thresholds"),
                Descriptions.temperatures(fields));
    }

    static Optional<MultiLabelDescription> of(HubHead head) throws IOException {
        if (!head.readsWhole() || head.outputs() < 2 || !head.problem().equals(HubHead.SEVERAL)) {
            return Optional.empty();
        }
        List<Double> thresholds = new ArrayList<>();
        boolean known = head.config().has(THRESHOLDS);
        for (String label : head.labels()) {
            thresholds.add(known ? head.config().object(THRESHOLDS).number(label, USUAL) : USUAL);
        }
        return Optional.of(new MultiLabelDescription("labels", head.labels(), false, thresholds));
    }

    @Override
    public String kind() {
        return "multi_label";
    }

    @Override
    public String summary() {
        return outputs() + " labels, any number of them"
                + IntStream.range(0, outputs())
                        .mapToObj(c -> String.format(Locale.ROOT, "%s from %.4f", labels.get(c), thresholds.get(c)))
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.calibrated(this, "labels", labels, "pairs", pairs, "thresholds", thresholds);
    }

    @Override
    public Map<String, Object> hubFields() {
        Map<String, Object> fields = HubHead.names(HubHead.SEVERAL, labels);
        Map<String, Double> byLabel = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            byLabel.put(labels.get(i), thresholds.get(i));
        }
        fields.put(THRESHOLDS, byLabel);
        return fields;
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.classifier("chooses any number of labels for each text")
                .loadedWith(", num_labels=" + outputs() + ", problem_type=\"" + HubHead.SEVERAL + '"');
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return SequenceObjective.multiLabel(head, Optional.empty(), backend);
    }
}
