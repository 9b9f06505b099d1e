package org.lsradapt.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What metrics are without any training.
 *
 * @param name the row's name in a table
 * @param field its name in {@code metrics.json}
 * @param metrics values by name, the one that is told there where it is told alone first
 * @param explanation a sentence for the report
 */
public record Baseline(String name, String field, Map<String, Double> metrics, String explanation) {

    private static final String BASE_MODEL = "base model";
    private static final String WITHOUT_ADAPTERS = "The base model is the one without adapters.";

    /** Copies the metrics. */
    public Baseline {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** The accuracy of always answering the most frequent class. */
    public static Baseline majorityClass(double accuracy) {
        return new Baseline(
                "majority class",
                "majority_accuracy",
                Map.of("accuracy", accuracy),
                "The majority class is what always answering the most frequent class would reach.");
    }

    /** The perplexity of the base model without adapters. */
    public static Baseline basePerplexity(double perplexity) {
        return new Baseline(BASE_MODEL, "base_perplexity", Map.of("perplexity", perplexity), WITHOUT_ADAPTERS);
    }

    /** All metrics of the base model without adapters. */
    public static Baseline baseMetrics(Map<String, Double> metrics) {
        return new Baseline(BASE_MODEL, "base_metrics", metrics, WITHOUT_ADAPTERS);
    }
}
