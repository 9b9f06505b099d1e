package org.lsradapt.tasks.embeddings;

public final class Cosine {
    private Cosine() {}

    /** x·y/(‖x‖·‖y‖), in double; 0 if a vector is zero, NaN if a number is. */
    public static double of(float[] x, float[] y) {
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (double) x[i] * y[i];
            xx += (double) x[i] * x[i];
            yy += (double) y[i] * y[i];
        }
        return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
    }
}
