package org.lsradapt.cuda.internal;

import org.lsradapt.cuda.internal.kernels.LossKernels;

/** Checks cross entropy and its gradient against their definitions. */
final class LossCheck {
    /** From 512 classes on, a thread takes four at a time, and then the rest. */
    private static final int[] WIDTHS = {5, 131, 301, 512, 2051};

    private static final double TOLERANCE = 1e-5;

    private static final String NAME = "cross_entropy_f32";

    private final Bench bench;
    private final LossKernels kernels;

    LossCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new LossKernels(bench.device, module);
    }

    void run() {
        for (int width : WIDTHS) {
            bench.clear();
            int rows = bench.odd(1, 3, 5);
            check(rows, width, 1.5, new LossKernels.Form(0, 0, 1));
            // Exponentials overflow unless the largest logit is subtracted first.
            check(rows, width, 60, new LossKernels.Form(0, 0, 1));
            check(rows, width, 1.5, new LossKernels.Form(0.125f, 0, 0.75f));
            check(rows, width, 1.5, new LossKernels.Form(0.25f, 7, 1.5f));
        }
    }

    private void check(int rows, int width, double spread, LossKernels.Form form) {
        bench.describe(rows + " x " + width + ", " + form);
        double[] logits = bench.normal(ElementType.F32, (long) rows * width);
        double[] targets = new double[rows];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Bench.exact(ElementType.F32, spread * logits[i] + 4);
        }
        for (int row = 0; row < rows; row++) {
            targets[row] = bench.random.nextInt(width);
        }
        double[] losses = new double[rows];
        double[] gradients = new double[logits.length];
        for (int row = 0; row < rows; row++) {
            losses[row] = oracle(logits, row * width, width, (int) targets[row], form, gradients);
        }
        double[][] foundLosses = new double[3][];
        double[][] foundGradients = new double[3][];
        for (int run = 0; run < 3; run++) {
            long z = bench.up(ElementType.F32, logits);
            long out = bench.poisoned(ElementType.F32, rows);
            kernels.crossEntropy(z, bench.up(ElementType.I32, targets), out, form, run < 2, rows, width);
            foundLosses[run] = bench.down(ElementType.F32, out, rows);
            foundGradients[run] = bench.down(ElementType.F32, z, logits.length);
        }
        bench.add(Finding.of(NAME, TOLERANCE, losses, foundLosses[0], foundLosses[1]));
        bench.add(Finding.of(NAME, TOLERANCE, gradients, foundGradients[0], foundGradients[1]));
        // Without gradients, the kernel does not change the logits.
        bench.add(Finding.of(NAME, TOLERANCE, losses, foundLosses[2], foundLosses[0]));
        bench.add(Finding.of(NAME, 0, logits, foundGradients[2], foundGradients[2]));
    }

    private static double oracle(
            double[] logits, int from, int width, int target, LossKernels.Form form, double[] gradients) {
        double[] z = new double[width];
        double most = Double.NEGATIVE_INFINITY;
        double mean = 0;
        for (int i = 0; i < width; i++) {
            double logit = logits[from + i];
            z[i] = form.cap() > 0 ? form.cap() * Math.tanh(logit / form.cap()) : logit;
            most = Math.max(most, z[i]);
            mean += z[i] / width;
        }
        double sum = 0;
        for (double number : z) {
            sum += Math.exp(number - most);
        }
        double log = most + Math.log(sum);
        for (int i = 0; i < width; i++) {
            double wanted = (i == target ? 1 - form.smoothing() : 0) + form.smoothing() / width;
            double slope = form.cap() > 0 ? 1 - z[i] / form.cap() * z[i] / form.cap() : 1;
            gradients[from + i] = form.scale() * (Math.exp(z[i] - log) - wanted) * slope;
        }
        return log - (1 - form.smoothing()) * z[target] - form.smoothing() * mean;
    }
}
