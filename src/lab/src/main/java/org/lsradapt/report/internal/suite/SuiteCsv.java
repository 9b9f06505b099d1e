package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.report.internal.Csv;
import org.lsradapt.report.internal.Spread;

/** A suite's results as comma-separated values. */
final class SuiteCsv {

    private static final List<String> CELLS =
            List.of(("model,task,method,tuned,seed,status,metric,best,best_epoch,last,"
                            + "measured,adapter_parameters,trainable_parameters,seconds,cell,message")
                    .split(","));

    private SuiteCsv() {}

    static Csv cells(SuiteResults suite) {
        Csv csv = new Csv(CELLS);
        for (SuiteCell cell : suite.cells()) {
            List<Object> row = new ArrayList<>(
                    List.of(cell.model(), cell.task(), cell.method(), cell.tuned(), cell.seed(), suite.status(cell)));
            CellResult result = suite.results().get(cell.name());
            row.addAll(
                    result == null
                            ? List.of("", "", "", "", "", "", "", "")
                            : List.of(
                                    result.metric(),
                                    result.best(),
                                    result.training().best().epoch(),
                                    result.last(),
                                    result.measured(),
                                    result.adapterParameters(),
                                    result.trainableParameters(),
                                    result.seconds()));
            row.add(cell.name());
            row.add(suite.failures().getOrDefault(cell.name(), ""));
            csv.add(row);
        }
        return csv;
    }

    /** Returns one row per model, task and method. */
    static Csv means(SuiteResults suite) {
        List<String> header = new ArrayList<>(List.of("model", "task", "method", "metric", "seeds"));
        suite.scores().forEach(score -> header.addAll(List.of(score.column() + "_mean", score.column() + "_sd")));
        header.add("adapter_parameters");
        Csv csv = new Csv(header);
        for (String model : suite.models()) {
            for (String task : suite.tasks(model)) {
                for (String method : suite.methods(model)) {
                    List<CellResult> results = suite.results(model, task, method);
                    if (!results.isEmpty()) {
                        List<Object> row = new ArrayList<>(
                                List.of(model, task, method, results.get(0).metric(), results.size()));
                        for (SuiteScore score : suite.scores()) {
                            Spread spread =
                                    Spread.of(results.stream().map(score::of).toList());
                            row.addAll(List.of(spread.mean(), spread.deviation()));
                        }
                        row.add(results.get(0).adapterParameters());
                        csv.add(row);
                    }
                }
            }
        }
        return csv;
    }

    static Csv differences(List<MethodComparison> comparisons, List<SuiteScore> scores, String reference) {
        List<String> header = new ArrayList<>(List.of("tasks", "method", "against", "pairs"));
        for (SuiteScore score : scores) {
            for (String value : List.of("mean", "standard_error", "p", "p_holm")) {
                header.add(score.column() + "_" + value);
            }
        }
        Csv csv = new Csv(header);
        for (MethodComparison one : comparisons) {
            List<Object> row = new ArrayList<>(List.of(
                    one.tasks(),
                    one.method(),
                    reference,
                    one.byScore().get(scores.get(0)).pairs()));
            for (SuiteScore score : scores) {
                PairedDifferences paired = one.byScore().get(score);
                row.addAll(List.of(paired.mean(), paired.standardError(), paired.p(), paired.holm()));
            }
            csv.add(row);
        }
        return csv;
    }
}
