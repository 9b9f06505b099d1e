package org.lsradapt.finetuning;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The metrics of a baseline that needs no training.
 *
 * @param name the row's name in a table
 * @param explanation a sentence for the report
 */
public record Baseline(String name, String field, Map<String, Double> metrics, String explanation) {

    /** The field of {@code metrics.json} with the metrics of the majority class. */
    public static final String MAJORITY_METRICS = "majority_metrics";

    /** The name of the majority class in tables. */
    public static final String MAJORITY_CLASS = "majority class";

    /** The field of {@code metrics.json} with the metrics of the base model. */
    public static final String BASE_METRICS = "base_metrics";

    /** The name of the base model in tables. */
    public static final String BASE_MODEL = "base model";

    /** The field of {@code metrics.json} with the metrics of the first stage. */
    public static final String FIRST_STAGE_METRICS = "first_stage_metrics";

    /** The name of the first stage in tables. */
    public static final String FIRST_STAGE = "first stage";

    /** Copies the metrics. */
    public Baseline {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** Returns the baseline that always predicts the most frequent class. */
    public static Baseline majorityClass(Map<String, Double> metrics) {
        return new Baseline(
                MAJORITY_CLASS,
                MAJORITY_METRICS,
                metrics,
                "The majority class baseline always predicts the most frequent class.");
    }

    /** Returns the baseline of candidates in their original order; {@code stage} is its source. */
    public static Baseline firstStage(Map<String, Double> metrics, String stage) {
        return new Baseline(
                FIRST_STAGE,
                FIRST_STAGE_METRICS,
                metrics,
                "The first stage is the order of the candidates before reranking: " + stage + ".");
    }

    /** Returns the baseline that gives each word its most frequent tag in the training data. */
    public static Baseline lexicon(Map<String, Double> metrics) {
        return new Baseline(
                "word list",
                "word_list_metrics",
                metrics,
                "The word list baseline gives each word its most frequent tag in the training data, and O to unknown words.");
    }

    /** Returns the baseline that gives each text every label. */
    public static Baseline everyLabel(Map<String, Double> metrics) {
        return new Baseline(
                "every label",
                "every_label_metrics",
                metrics,
                "The baseline of every label gives each text all labels.");
    }

    /** Returns the baseline that answers no question. */
    public static Baseline noAnswer(Map<String, Double> metrics) {
        return new Baseline(
                "no answer",
                "no_answer_metrics",
                metrics,
                "The baseline of no answer predicts that no passage has an answer.");
    }

    /** Returns the baseline of the base model without adapters. */
    public static Baseline baseMetrics(Map<String, Double> metrics) {
        return new Baseline(BASE_MODEL, BASE_METRICS, metrics, "The base model has no adapters.");
    }
}
