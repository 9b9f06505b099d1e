package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/** A run as comma-separated values: one row per method, seed and evaluation. No value holds a comma or a quote. */
final class MetricsCsv {

    private MetricsCsv() {}

    static String of(RunRecord run) {
        List<String> header = new ArrayList<>(List.of("method", "seed", "epoch", "best", "loss", "seconds"));
        header.addAll(run.metricNames());
        StringBuilder csv = new StringBuilder(String.join(",", header)).append('\n');
        for (MethodResult result : run.results()) {
            for (EvaluationResult evaluation : result.training().evaluations()) {
                List<String> row = new ArrayList<>();
                row.add(result.method());
                row.add(String.valueOf(result.seed()));
                row.add(String.valueOf(evaluation.epoch()));
                row.add(String.valueOf(
                        evaluation.step() == result.training().best().step()));
                row.add(String.valueOf(evaluation.loss()));
                row.add(String.valueOf(Math.round(evaluation.seconds() * 1000) / 1000.0));
                run.metricNames()
                        .forEach(metric ->
                                row.add(String.valueOf(evaluation.metrics().get(metric))));
                csv.append(String.join(",", row)).append('\n');
            }
        }
        return csv.toString();
    }
}
