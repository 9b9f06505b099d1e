package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.report.MethodResult;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;

/**
 * What came of a cell that has finished.
 *
 * @param cell the cell
 * @param metric the primary metric
 * @param training its evaluations
 * @param measured the primary metric on the evaluation examples of what held-out ones have chosen; NaN where the
 *     evaluations are of the evaluation examples themselves
 * @param adapterParameters trainable parameters of the adapters
 * @param trainableParameters those of the head too
 * @param loraFloor what LoRA of rank 1 has on the same layers; 0 if none were adapted
 */
record CellResult(
        SuiteCell cell,
        String metric,
        TrainingResult training,
        double measured,
        long adapterParameters,
        long trainableParameters,
        long loraFloor) {

    /** Primary metrics that training makes smaller. */
    private static final Set<String> SMALLER_IS_BETTER = Set.of("perplexity", "mae");

    /** Reads {@code metrics.json} of a run with one method and one seed. */
    static CellResult read(SuiteCell cell, Path run) throws IOException {
        Path file = run.resolve("metrics.json");
        JsonNode root = JsonFile.readObject(file);
        String metric = root.path("primary_metric").asText();
        JsonNode results = root.path("results");
        if (results.size() != 1) {
            throw new IOException(file + ": " + results.size() + " results, expected one");
        }
        JsonNode result = results.get(0);
        List<EvaluationResult> evaluations = new ArrayList<>();
        for (JsonNode node : result.path("epochs")) {
            evaluations.add(new EvaluationResult(
                    node.path("epoch").intValue(),
                    node.path("step").intValue(),
                    number(node.path("loss")),
                    number(node.path("seconds")),
                    metrics(node.path("metrics"))));
        }
        boolean heldOut = result.has("held_out_metrics");
        Map<String, Double> best = metrics(result.path(heldOut ? "held_out_metrics" : "metrics"));
        int index = 0;
        while (index < evaluations.size() && !evaluations.get(index).metrics().equals(best)) {
            index++;
        }
        if (index == evaluations.size() || !best.containsKey(metric)) {
            throw new IOException(file + ": the metrics " + best + " are not those of an evaluation with " + metric);
        }
        long floor = 0;
        for (JsonNode layer : result.path("layers")) {
            floor += layer.path("in").longValue() + layer.path("out").longValue();
        }
        return new CellResult(
                cell,
                metric,
                new TrainingResult(evaluations, index, List.of(), 0, false),
                heldOut ? metrics(result.path("metrics")).getOrDefault(metric, Double.NaN) : Double.NaN,
                result.path("adapter_parameters").longValue(),
                result.path("trainable_parameters").longValue(),
                floor);
    }

    private static Map<String, Double> metrics(JsonNode node) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        node.properties().forEach(field -> metrics.put(field.getKey(), number(field.getValue())));
        return metrics;
    }

    /** What is not finite is written as a text. */
    private static double number(JsonNode node) {
        return switch (node.asText()) {
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> node.isNumber() ? node.doubleValue() : Double.NaN;
        };
    }

    /** The same as that of another method. */
    CellResult asTuned() {
        return new CellResult(
                cell.asTuned(), metric, training, measured, adapterParameters, trainableParameters, loraFloor);
    }

    /** Whether held-out training examples have chosen the best evaluation. */
    boolean hasHeldOut() {
        return !Double.isNaN(measured);
    }

    /** The primary metric of the best evaluation. */
    double best() {
        return training.best().metrics().get(metric);
    }

    /** The primary metric of the last evaluation. */
    double last() {
        return training.last().metrics().get(metric);
    }

    /** How long it trained, without evaluations. */
    double seconds() {
        return training.evaluations().stream().mapToDouble(EvaluationResult::seconds).sum();
    }

    boolean smallerIsBetter() {
        return SMALLER_IS_BETTER.contains(metric);
    }

    /** For learning curves. */
    MethodResult forCurves() {
        return new MethodResult(cell.method(), cell.seed(), List.of(), 0, 0, training);
    }
}
