package org.lsradapt.report;

/**
 * What a metric is without any training.
 *
 * @param name the row's name in a table
 * @param field its name in {@code metrics.json}
 * @param metric the metric
 * @param value its value
 * @param explanation a sentence for the report
 */
public record Baseline(String name, String field, String metric, double value, String explanation) {

    /** The accuracy of always answering the most frequent class. */
    public static Baseline majorityClass(double accuracy) {
        return new Baseline(
                "majority class",
                "majority_accuracy",
                "accuracy",
                accuracy,
                "The majority class is what always answering the most frequent class would reach.");
    }

    /** The perplexity of the base model without adapters. */
    public static Baseline basePerplexity(double perplexity) {
        return new Baseline(
                "base model",
                "base_perplexity",
                "perplexity",
                perplexity,
                "The base model is the one without adapters.");
    }
}
