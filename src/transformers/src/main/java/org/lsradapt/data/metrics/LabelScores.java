package org.lsradapt.data.metrics;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.lsradapt.data.rules.Quoted;

/** The scores of each of several labels, and of all of them together. */
public interface LabelScores {
    /** The number of evaluation rows below which a label's scores are uncertain. */
    int FEW = 10;

    /** The score of each label. */
    List<LabelScore> types();

    /** The score of all labels together, which counts each occurrence once (the micro average). */
    LabelScore all();

    /** The metrics by name, in the order in which they choose the best epoch; unmodifiable. */
    Map<String, Double> metrics();

    /** Computes the metrics on bootstrap samples of the rows, if the scores keep counts by row; otherwise none. */
    default Resamples resamples() {
        return Resamples.NONE;
    }

    /** The mistakes in their texts, in the order of the rows; empty if the scores do not keep texts. */
    default List<Mistake> mistakes() {
        return List.of();
    }

    /**
     * A mistake.
     *
     * @param context the place in its text
     * @param labelled the right label; empty for none
     * @param predicted the predicted label; empty for none
     */
    record Mistake(String context, String labelled, String predicted) {}

    /** The noun for the counted items, for reports. */
    String counted();

    /**
     * A sentence on labels that the evaluation data lacks. Their F1 cannot be measured and is not in the mean.
     *
     * @param occurs whether the evaluation data has a label, by its index
     * @return the sentence without its full stop; empty if all labels occur
     */
    static Optional<String> unmeasured(List<String> labels, IntPredicate occurs) {
        List<String> missing = IntStream.range(0, labels.size())
                .filter(occurs.negate())
                .mapToObj(labels::get)
                .toList();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("labels that no evaluation row has, whose F1 cannot be measured (the mean is over "
                        + (labels.size() - missing.size()) + " of " + labels.size() + "): "
                        + Quoted.shortened(String.join(", ", missing)));
    }

    /**
     * A sentence on labels that occur in fewer than {@value #FEW} rows of the evaluation data, whose scores hardly tell anything.
     *
     * @param support the number of rows with a label, by its index
     * @return the sentence without its full stop; empty if there is no such label
     */
    static Optional<String> scarce(List<String> labels, IntUnaryOperator support) {
        List<String> scarce = IntStream.range(0, labels.size())
                .filter(index -> support.applyAsInt(index) > 0 && support.applyAsInt(index) < FEW)
                .mapToObj(index -> labels.get(index) + " (" + support.applyAsInt(index) + ")")
                .toList();
        return scarce.isEmpty()
                ? Optional.empty()
                : Optional.of("labels that occur fewer than " + FEW
                        + " times in the evaluation data, whose scores are uncertain: "
                        + Quoted.shortened(String.join(", ", scarce)));
    }
}
