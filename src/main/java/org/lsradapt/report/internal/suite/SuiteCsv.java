package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.report.internal.Spread;

/** A suite's results as comma-separated values, not rounded; what is not known is empty. */
final class SuiteCsv {

    private SuiteCsv() {}

    /** One row per cell. */
    static String cells(SuiteResults suite) {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of(
                "model", "task", "method", "seed", "status", "metric", "best", "best_epoch", "last", "adapter_parameters",
                "trainable_parameters", "seconds", "cell", "message"));
        for (SuiteCell cell : suite.cells()) {
            List<Object> row = new ArrayList<>(List.of(
                    cell.model(), cell.task(), cell.method(), cell.seed(), suite.status(cell)));
            CellResult result = suite.results().get(cell.name());
            row.addAll(result == null
                    ? List.of("", "", "", "", "", "", "")
                    : List.of(
                            result.metric(), result.best(), result.training().best().epoch(), result.last(),
                            result.adapterParameters(), result.trainableParameters(), result.seconds()));
            row.add(cell.name());
            row.add(suite.failures().getOrDefault(cell.name(), ""));
            rows.add(row);
        }
        return csv(rows);
    }

    /** One row per model, task and method. */
    static String means(SuiteResults suite) {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of(
                "model", "task", "method", "metric", "seeds", "best_mean", "best_sd", "last_mean", "last_sd",
                "adapter_parameters"));
        for (String model : suite.models()) {
            for (String task : suite.tasks(model)) {
                for (String method : suite.methods(model)) {
                    List<CellResult> results = suite.results(model, task, method);
                    if (!results.isEmpty()) {
                        Spread best = Spread.of(results.stream().map(CellResult::best).toList());
                        Spread last = Spread.of(results.stream().map(CellResult::last).toList());
                        rows.add(List.of(
                                model, task, method, results.get(0).metric(), results.size(), best.mean(),
                                best.deviation(), last.mean(), last.deviation(), results.get(0).adapterParameters()));
                    }
                }
            }
        }
        return csv(rows);
    }

    /** One row per comparison. */
    static String differences(List<MethodComparison> comparisons, String reference) {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of(
                "tasks", "method", "against", "pairs", "best_mean", "best_standard_error", "best_p", "best_p_holm",
                "last_mean", "last_standard_error", "last_p", "last_p_holm"));
        for (MethodComparison one : comparisons) {
            rows.add(List.of(
                    one.tasks(), one.method(), reference, one.best().pairs(), one.best().mean(),
                    one.best().standardError(), one.best().p(), one.bestHolm(), one.last().mean(),
                    one.last().standardError(), one.last().p(), one.lastHolm()));
        }
        return csv(rows);
    }

    private static String csv(List<List<Object>> rows) {
        return rows.stream().map(SuiteCsv::line).collect(Collectors.joining());
    }

    private static String line(List<Object> row) {
        return row.stream().flatMap(value -> Stream.of(field(value))).collect(Collectors.joining(",", "", "\n"));
    }

    private static String field(Object value) {
        String text = value.equals(Double.NaN) ? "" : value.toString();
        return text.matches("(?s).*[\",\r\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }
}
