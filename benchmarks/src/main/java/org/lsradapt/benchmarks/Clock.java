package org.lsradapt.benchmarks;

import java.util.Arrays;

/** Median times of a piece of work, after as much warm-up as the JIT compiler needs. */
final class Clock {
    private static final double WARM_UP_SECONDS = 1.5;
    private static final int LEAST_SAMPLES = 41;
    private static final double SAMPLE_SECONDS = 1;

    /** MiniLM's steps in BF16 take 0.20 s in the first two seconds, while Java compiles, and 0.16 to 0.18 s later. */
    private static final double STEP_WARM_UP_SECONDS = 5;

    private Clock() {}

    /**
     * Times a piece of work, with the usual warm-up.
     *
     * @param work run many times
     * @return median milliseconds of one run
     */
    static double medianMillis(Runnable work) {
        return medianMillis(work, WARM_UP_SECONDS, SAMPLE_SECONDS);
    }

    /**
     * Times a piece of work.
     *
     * @param work run many times
     * @param warmUpSeconds how long it runs before
     * @param sampleSeconds how long it is sampled, at least
     * @return median milliseconds of one run
     */
    static double medianMillis(Runnable work, double warmUpSeconds, double sampleSeconds) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < warmUpSeconds * 1e9) {
            work.run();
        }
        double[] samples = new double[100_000];
        int count = 0;
        start = System.nanoTime();
        while (count < LEAST_SAMPLES || (System.nanoTime() - start < sampleSeconds * 1e9 && count < samples.length)) {
            long before = System.nanoTime();
            work.run();
            samples[count++] = (System.nanoTime() - before) / 1e6;
        }
        Arrays.sort(samples, 0, count);
        return samples[count / 2];
    }

    /**
     * Times a piece of work that takes long, such as a training step.
     *
     * @param runs how many are timed, after five seconds or one run of warm-up
     * @param work run as often, and before
     * @return median seconds of one run
     */
    static double medianSeconds(int runs, Runnable work) {
        long begin = System.nanoTime();
        do {
            work.run();
        } while (System.nanoTime() - begin < STEP_WARM_UP_SECONDS * 1e9);
        double[] seconds = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            work.run();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        return Measure.median(seconds, 0);
    }
}
