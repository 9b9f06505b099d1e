package org.lsradapt.objectives;

/** What training of a sequence head minimizes, for one example. */
public enum Loss {
    /** Cross-entropy of the softmax of class scores; a label is a class index. */
    CROSS_ENTROPY {
        @Override
        double one(double[] output, double label, double[] gradient) {
            int target = (int) label;
            double largest = Double.NEGATIVE_INFINITY;
            for (double score : output) {
                largest = Math.max(largest, score);
            }
            double total = 0;
            for (double score : output) {
                total += Math.exp(score - largest);
            }
            for (int c = 0; c < output.length; c++) {
                gradient[c] = Math.exp(output[c] - largest) / total - (c == target ? 1 : 0);
            }
            return Math.log(total) + largest - output[target];
        }
    },
    /** Squared error of a single output; a label is the wanted value. */
    SQUARED_ERROR {
        @Override
        double one(double[] output, double label, double[] gradient) {
            double error = output[0] - label;
            gradient[0] = 2 * error;
            return error * error;
        }
    };

    /** The loss of one output and its gradient, which overwrites {@code gradient}. */
    abstract double one(double[] output, double label, double[] gradient);
}
