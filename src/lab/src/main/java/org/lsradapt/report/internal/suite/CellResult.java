package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;

/**
 * The result of a finished cell.
 *
 * @param measured the primary metric on the evaluation examples, if held-out training examples chose the best evaluation;
 *     NaN if the evaluations are on the evaluation examples themselves
 * @param loraFloor the parameters of LoRA of rank 1 on the same layers; 0 if no layers were adapted
 * @param baselines the primary metric of untrained baselines on the evaluation examples, by name, such as the majority
 *     class
 * @param warnings the warnings of the run, one sentence each without its full stop
 */
record CellResult(
        SuiteCell cell,
        String metric,
        TrainingResult training,
        double measured,
        long adapterParameters,
        long trainableParameters,
        long loraFloor,
        Map<String, Double> baselines,
        List<String> warnings) {

    static final String FILE = "metrics.json";

    private static final String WARNINGS = "warnings";

    /** An upper bound for metrics, losses and times, so that squares of differences do not overflow. */
    private static final double LARGEST = 1e150;

    /** An upper bound for numbers of parameters and widths, so that their sum over a file's layers does not overflow. */
    private static final long MOST = 1L << 40;

    /** Reads {@code metrics.json} of a run with one method and one seed; the exception names a file that the report cannot show. */
    static CellResult read(SuiteCell cell, Path run) throws IOException {
        Path file = run.resolve(FILE);
        JsonFields root = new JsonFields(file.toString(), JsonFile.readObject(file));
        String metric = root.text("primary_metric");
        List<JsonFields> results = root.objects("results");
        if (results.size() != 1) {
            throw new IOException(file + ": " + results.size() + " results, expected one");
        }
        JsonFields result = results.get(0);
        List<EvaluationResult> evaluations = new ArrayList<>();
        for (JsonFields fields : result.objects("epochs")) {
            evaluations.add(new EvaluationResult(
                    fields.integer("epoch"),
                    fields.integer("step"),
                    number(fields, "loss"),
                    number(fields, "seconds"),
                    metrics(fields, "metrics", metric)));
        }
        boolean heldOut = result.has("held_out_metrics");
        Map<String, Double> measured = metrics(result, "metrics", metric);
        Map<String, Double> best = heldOut ? metrics(result, "held_out_metrics", metric) : measured;
        int bestStep = result.integer("best_step");
        int index = 0;
        while (index < evaluations.size() && evaluations.get(index).step() != bestStep) {
            index++;
        }
        if (index == evaluations.size() || !evaluations.get(index).metrics().equals(best)) {
            throw new IOException(file + ": no evaluation at step " + bestStep + " has the best metrics, " + best);
        }
        long adapterParameters = count(result, "adapter_parameters", 0);
        long floor = 0;
        for (JsonFields layer : result.objects("layers")) {
            floor += count(layer, "in", 1) + count(layer, "out", 1);
        }
        if (adapterParameters > 0 && floor == 0) {
            throw result.failure("layers", "found none, expected the adapted layers");
        }
        return new CellResult(
                cell,
                metric,
                new TrainingResult(evaluations, index, List.of(), 0, false),
                heldOut ? measured.get(metric) : Double.NaN,
                adapterParameters,
                count(result, "trainable_parameters", 0),
                floor,
                baselines(root, metric),
                root.has(WARNINGS) ? root.texts(WARNINGS) : List.of());
    }

    private static Map<String, Double> baselines(JsonFields root, String primary) throws IOException {
        Map<String, Double> baselines = new LinkedHashMap<>();
        for (List<String> baseline : List.of(
                List.of(Baseline.MAJORITY_METRICS, Baseline.MAJORITY_CLASS),
                List.of(Baseline.BASE_METRICS, Baseline.BASE_MODEL))) {
            if (root.has(baseline.get(0)) && root.object(baseline.get(0)).has(primary)) {
                baselines.put(baseline.get(1), number(root.object(baseline.get(0)), primary));
            }
        }
        return baselines;
    }

    private static Map<String, Double> metrics(JsonFields fields, String name, String primary) throws IOException {
        JsonFields object = fields.object(name);
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (String metric : object.names()) {
            metrics.put(metric, number(object, metric));
        }
        if (!metrics.containsKey(primary)) {
            throw fields.failure(name, "found no \"" + primary + "\", expected the primary metric among them");
        }
        return metrics;
    }

    private static double number(JsonFields fields, String name) throws IOException {
        double value = fields.number(name);
        if (Math.abs(value) > LARGEST) {
            throw fields.failure(name, "found " + value + ", expected a number from " + -LARGEST + " to " + LARGEST);
        }
        return value;
    }

    private static long count(JsonFields fields, String name, long least) throws IOException {
        long count = fields.longInteger(name);
        if (count < least || count > MOST) {
            throw fields.failure(name, "found " + count + ", expected a number from " + least + " to " + MOST);
        }
        return count;
    }

    /** Returns this result under the name of the method without its tuned settings. */
    CellResult asTuned() {
        return new CellResult(
                cell.asTuned(),
                metric,
                training,
                measured,
                adapterParameters,
                trainableParameters,
                loraFloor,
                baselines,
                warnings);
    }

    /** Whether held-out training examples chose the best evaluation. */
    boolean hasHeldOut() {
        return !Double.isNaN(measured);
    }

    double best() {
        return training.best().metrics().get(metric);
    }

    double last() {
        return training.last().metrics().get(metric);
    }

    /** Returns the seconds of the training, without evaluations. */
    double seconds() {
        return training.evaluations().stream()
                .mapToDouble(EvaluationResult::seconds)
                .sum();
    }

    boolean isSmall() {
        return cell.isSmall();
    }

    boolean smallerIsBetter() {
        return RunRecord.isSmallerBetter(metric);
    }
}
