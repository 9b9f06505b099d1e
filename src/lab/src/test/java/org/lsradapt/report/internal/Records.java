package org.lsradapt.report.internal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

/** Records of runs with what a test needs. */
final class Records {
    private Records() {}

    /** Returns the result of a head of 770 parameters. */
    static MethodResult result(String method, long seed, TrainingResult training) {
        return result(method, seed, training, Optional.empty(), Resamples.NONE);
    }

    static MethodResult result(
            String method, long seed, TrainingResult training, Optional<Predictions> predictions, Resamples resamples) {
        return new MethodResult(
                method,
                seed,
                List.of(),
                0,
                770,
                training,
                Optional.empty(),
                predictions,
                Optional.empty(),
                resamples,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    static RunRecord run(String task, String title, String metric, List<MethodResult> results) {
        return new RunRecord(
                task, "minilm", title, metric, List.of(), Map.of(), results, List.of(), List.of(), List.of());
    }
}
