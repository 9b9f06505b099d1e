package org.lsradapt.objectives;

/** The vectors x of a batch divided by their Euclidean norms ‖x‖, at least 1e-12: u = x/‖x‖. */
@SuppressWarnings("ArrayRecordComponent")
record UnitVectors(double[] rows, double[] norms, int width) {
    /** The smallest norm to divide by, as in PyTorch's {@code normalize}. */
    private static final double LEAST_NORM = 1e-12;

    /** Divides vectors in place; keeps the array. */
    static UnitVectors of(double[] vectors, int width) {
        double[] norms = new double[vectors.length / width];
        for (int i = 0; i < norms.length; i++) {
            norms[i] = norm(vectors, i, width);
            for (int at = i * width; at < (i + 1) * width; at++) {
                vectors[at] /= norms[i];
            }
        }
        return new UnitVectors(vectors, norms, width);
    }

    /** The Euclidean norm of a row, at least 1e-12. */
    static double norm(double[] rows, int row, int width) {
        double square = 0;
        for (int i = row * width; i < (row + 1) * width; i++) {
            square += rows[i] * rows[i];
        }
        return Math.max(LEAST_NORM, Math.sqrt(square));
    }

    double cosine(int one, int other) {
        double sum = 0;
        for (int c = 0; c < width; c++) {
            sum += rows[one * width + c] * rows[other * width + c];
        }
        return sum;
    }

    /** Adds the gradient of factor·cosine of two vectors. */
    void addCosineGradient(int one, int other, double factor, double[] gradient) {
        for (int c = 0; c < width; c++) {
            gradient[one * width + c] += factor * rows[other * width + c];
            gradient[other * width + c] += factor * rows[one * width + c];
        }
    }

    /** Adds factor·(g − (g·u)u)/‖x‖ for a vector, with g = ∂L/∂u, to the numbers from {@code from} on. */
    void addGradient(int row, double[] byUnits, double factor, double[] byVectors, int from) {
        int first = row * width;
        double along = 0;
        for (int c = 0; c < width; c++) {
            along += byUnits[first + c] * rows[first + c];
        }
        for (int c = 0; c < width; c++) {
            byVectors[from + c] += factor * (byUnits[first + c] - along * rows[first + c]) / norms[row];
        }
    }
}
