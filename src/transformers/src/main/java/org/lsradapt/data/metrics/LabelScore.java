package org.lsradapt.data.metrics;

/**
 * The scores of one label, or of all labels together. A ratio of 0 to 0 is 0.
 *
 * @param precision the fraction of the predictions that are right
 * @param recall the fraction of the true occurrences that are predicted
 * @param f1 the harmonic mean of precision and recall
 * @param support the number of true occurrences
 */
public record LabelScore(String label, double precision, double recall, double f1, int support) {

    /**
     * Computes the scores from counts.
     *
     * @param right the number of right predictions
     * @param found the number of predictions
     * @param there the number of true occurrences
     */
    public static LabelScore of(String label, int right, int found, int there) {
        double precision = found == 0 ? 0 : (double) right / found;
        double recall = there == 0 ? 0 : (double) right / there;
        double f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
        return new LabelScore(label, precision, recall, f1, there);
    }
}
