package org.lsradapt.objectives.language;

/** Thrown when a model returns NaN or infinity: its weights or its adapter are damaged, or too large for its type. */
public final class NonFiniteOutputException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    private NonFiniteOutputException(String message) {
        super(message);
    }

    /**
     * Checks that outputs are finite.
     *
     * @param model the name of the model in the message
     * @param rows one row per sequence
     * @return {@code rows}
     * @throws NonFiniteOutputException if an output is NaN or infinite
     */
    public static double[][] require(String model, double[][] rows) {
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                if (!Double.isFinite(rows[row][i])) {
                    throw failure(model, i, row, rows[row][i]);
                }
            }
        }
        return rows;
    }

    /** Checks that embeddings are finite; see {@link #require(String, double[][])}. */
    public static float[][] require(String model, float[][] rows) {
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                if (!Float.isFinite(rows[row][i])) {
                    throw failure(model, i, row, rows[row][i]);
                }
            }
        }
        return rows;
    }

    /** Creates an exception for a value that does not belong to one sequence, such as {@code perplexity}. */
    public static NonFiniteOutputException of(String what, Throwable cause) {
        NonFiniteOutputException failure =
                new NonFiniteOutputException(what + ": not a finite number; the base model or the adapter is damaged");
        failure.initCause(cause);
        return failure;
    }

    private static NonFiniteOutputException failure(String model, int output, int row, double value) {
        return new NonFiniteOutputException(model + ": output " + output + " of sequence " + row + " is " + value
                + ", expected finite numbers; the base model or the adapter is damaged");
    }

    /** Checks that the logits of one token are finite; see {@link #require(String, double[][])}. */
    static double[] requireLogits(double[] logits) {
        require("generation", new double[][] {logits});
        return logits;
    }
}
