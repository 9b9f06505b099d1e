package org.lsradapt.tasks;

/**
 * How well what has one label is found, or what has any. Numbers that would be 0 of 0 are 0.
 *
 * @param label its name
 * @param precision the part of what was found that is right
 * @param recall the part of what is right that was found
 * @param f1 their harmonic mean
 * @param support how often the label is right
 */
public record LabelScore(String label, double precision, double recall, double f1, int support) {

    /**
     * Of counts.
     *
     * @param label its name
     * @param right how often it was found rightly
     * @param found how often it was found
     * @param there how often it is right
     */
    static LabelScore of(String label, int right, int found, int there) {
        double precision = found == 0 ? 0 : (double) right / found;
        double recall = there == 0 ? 0 : (double) right / there;
        double f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
        return new LabelScore(label, precision, recall, f1, there);
    }
}
