package org.lsradapt.report.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.TunedMethod;
import org.lsradapt.training.EvaluationResult;

/** Writes a run as JSON, for scripts. */
final class MetricsJson {

    private MetricsJson() {}

    static JsonNode of(RunRecord run) {
        ObjectNode root = JsonFile.newObject();
        root.put("task", run.task());
        root.put("model", run.model());
        ArrayNode results = root.putArray("results");
        run.results().forEach(result -> add(results.addObject(), result));
        root.put("primary_metric", run.primaryMetric());
        run.baselines().forEach(baseline -> putMetrics(root, baseline.field(), baseline.metrics()));
        root.putPOJO("settings", run.settings());
        List<String> warnings =
                Stream.concat(run.notes().stream(), run.warnings().stream()).toList();
        if (!warnings.isEmpty()) {
            root.putPOJO("warnings", warnings);
        }
        run.tuned().forEach(method -> add(root.withObject("/tuning").putObject(method.method()), method));
        return root;
    }

    private static void add(ObjectNode node, MethodResult result) {
        node.put("method", result.method());
        node.put("seed", result.seed());
        node.put("adapter_parameters", result.adapterParameters());
        node.put("trainable_parameters", result.trainableParameters());
        node.put("best_epoch", result.training().best().epoch());
        node.put("best_step", result.training().best().step());
        putMetrics(node, "metrics", result.metrics());
        result.resamples()
                .intervals()
                .forEach((metric, interval) -> node.withObject("/intervals")
                        .putArray(metric)
                        .add(interval.low())
                        .add(interval.high()));
        result.calibration().ifPresent(calibration -> {
            ObjectNode values = node.putObject("calibration");
            values.put("expected_calibration_error", calibration.error());
            if (!calibration.temperatures().isEmpty()) {
                values.put("expected_calibration_error_before", calibration.errorBefore());
                values.putPOJO("temperatures", calibration.temperatures());
            }
        });
        result.abstention()
                .ifPresent(abstention -> node.putObject("abstention")
                        .put("least_probability", abstention.threshold())
                        .put("rows", abstention.rows())
                        .put("answered", abstention.answered())
                        .put("right", abstention.right()));
        result.folds().forEach(fold -> {
            ObjectNode part = node.withArray("folds").addObject().put("rows", fold.rows());
            putMetrics(part, "metrics", fold.metrics());
        });
        if (result.measured().isPresent()) {
            putMetrics(node, "held_out_metrics", result.training().best().metrics());
        }
        result.labels().ifPresent(scores -> scores.types().forEach(score -> add(node.withObject("/labels"), score)));
        ArrayNode evaluations = node.putArray("epochs");
        result.training().evaluations().forEach(evaluation -> add(evaluations.addObject(), evaluation));
        putLayers(node.putArray("layers"), result.layers());
    }

    private static void add(ObjectNode node, TunedMethod method) {
        node.put("rate", method.best().rate()).put("epochs", method.best().epochs());
        ArrayNode trials = node.putArray("trainings");
        method.trials().forEach(trial -> {
            ObjectNode one = trials.addObject().put("rate", trial.rate()).put("epochs", trial.epochs());
            putFinite(one, "score", trial.score().orElse(Double.NaN));
            one.put("seconds", trial.seconds());
        });
    }

    /** Puts null for recall and F1 of a label that does not occur. */
    private static void add(ObjectNode labels, LabelScore score) {
        boolean occurs = score.support() > 0;
        ObjectNode node = labels.putObject(score.label()).put("precision", score.precision());
        putFinite(node, "recall", occurs ? score.recall() : Double.NaN);
        putFinite(node, "f1", occurs ? score.f1() : Double.NaN);
        node.put("support", score.support());
    }

    private static void add(ObjectNode node, EvaluationResult evaluation) {
        node.put("epoch", evaluation.epoch());
        node.put("step", evaluation.step());
        node.put("loss", evaluation.loss());
        node.put("seconds", Math.round(evaluation.seconds() * 1000) / 1000.0);
        putMetrics(node, "metrics", evaluation.metrics());
    }

    private static void putMetrics(ObjectNode node, String name, Map<String, Double> metrics) {
        ObjectNode values = node.putObject(name);
        metrics.forEach(values::put);
    }

    private static void putLayers(ArrayNode layers, List<LayerReport> reports) {
        for (LayerReport layer : reports) {
            ObjectNode node = layers.addObject();
            node.put("name", layer.name());
            node.put("in", layer.in());
            node.put("out", layer.out());
            node.put("parameters", layer.parameters());
            layer.sums().map(LayerReport.Sums::condition).ifPresent(condition -> {
                putFinite(node, "gamma_a", condition.a().value());
                putFinite(node, "gamma_b", condition.b().value());
                putFinite(node, "norm_a", condition.a().normF());
                putFinite(node, "norm_b", condition.b().normF());
            });
        }
    }

    /** Puts null for NaN and infinity, which JSON does not have. */
    private static void putFinite(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
