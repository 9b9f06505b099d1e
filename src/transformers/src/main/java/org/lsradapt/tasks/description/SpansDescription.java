package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SpanObjective;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The search for answers in passages.
 *
 * @param noAnswerThreshold the margin by which the score of no answer has to exceed the best answer's; empty if there is always an
 *     answer
 */
public record SpansDescription(String name, OptionalDouble noAnswerThreshold) implements TaskDescription {
    /** The field of {@code config.json} with the threshold; unknown to transformers. */
    static final String NO_ANSWER = "no_answer_threshold";

    /** Checks that the threshold is finite. */
    public SpansDescription {
        requireThresholds(name, noAnswerThreshold.stream().boxed().toList());
    }

    static SpansDescription read(JsonFields fields) throws IOException {
        Descriptions.requireNoLabels(fields, "spans");
        Descriptions.requirePairs(fields, "spans");
        List<Double> thresholds = fields.numbers("thresholds");
        requireThresholds(fields.text("name"), thresholds);
        return new SpansDescription(
                fields.text("name"),
                thresholds.stream().mapToDouble(Double::doubleValue).findFirst());
    }

    private static void requireThresholds(String name, List<Double> thresholds) {
        Require.argument(
                thresholds.size() <= 1 && thresholds.stream().allMatch(Double::isFinite),
                "task %s: a spans with thresholds %s, expected one finite number or none",
                name,
                thresholds);
    }

    static Optional<SpansDescription> of(HubHead head) throws IOException {
        return head.architecture().endsWith(HubHead.SPANS)
                ? Optional.of(new SpansDescription(
                        "spans",
                        head.config().isOff(NO_ANSWER)
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(head.config().number(NO_ANSWER))))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "spans";
    }

    @Override
    public String summary() {
        return "answers in passages"
                + (noAnswerThreshold.isPresent()
                        ? String.format(Locale.ROOT, " (none above %.4f)", noAnswerThreshold.getAsDouble())
                        : "");
    }

    @Override
    public boolean pairs() {
        return true;
    }

    @Override
    public int outputs() {
        return SpanObjective.OUTPUTS;
    }

    @Override
    public boolean readsEachToken() {
        return true;
    }

    @Override
    public Head head(Family family, Transformer model) {
        return family.answerHead(model);
    }

    @Override
    public List<String> headParameters(Family family) {
        return family.answerHeadParameters();
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.fields(
                this,
                "labels",
                labels(),
                "pairs",
                true,
                "thresholds",
                noAnswerThreshold.stream().boxed().toList());
    }

    @Override
    public List<String> outputNames() {
        return List.of("start_logits", "end_logits");
    }

    /** No labels, because the default of transformers is two, start and end. */
    @Override
    public Map<String, Object> hubFields() {
        return noAnswerThreshold.isPresent() ? Map.of(NO_ANSWER, noAnswerThreshold.getAsDouble()) : Map.of();
    }

    @Override
    public String architecture(Family family) {
        return family.answerExtractor().orElseThrow();
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of(
                "question-answering", "AutoModelForQuestionAnswering", "finds answers in passages", "predict");
    }

    @Override
    public Optional<String> peftType() {
        return Optional.of("QUESTION_ANS");
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return new SpanObjective(head, backend);
    }
}
