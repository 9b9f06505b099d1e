package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Evaluates a model with a function.
 *
 * @param choosing the metrics that choose the best parameters, the primary one first
 * @param higherIsBetter whether larger values of them are better
 * @param data the evaluation data
 * @param largest the result of {@link #largest()}
 * @param metrics returns finite values by name
 */
public record CallbackEvaluation(
        List<String> choosing,
        boolean higherIsBetter,
        Supplier<Stream<?>> data,
        List<ModelInput> largest,
        Function<AdaptedModel, Map<String, Double>> metrics)
        implements Evaluation {
    private static final String PERPLEXITY = "perplexity";

    /** Copies the list, and checks that a metric chooses. */
    public CallbackEvaluation {
        Require.argument(!choosing.isEmpty(), "evaluation: no metric chooses, expected one at least");
        choosing = List.copyOf(choosing);
    }

    static CallbackEvaluation nextToken(List<? extends ModelInput> sequences) {
        List<ModelInput> predicted = new ArrayList<>(sequences);
        predicted.removeIf(sequence -> sequence.length() <= sequence.given());
        Require.argument(
                !predicted.isEmpty(),
                "next-token evaluation: %d sequences without a token to predict, expected one at least",
                sequences.size());
        List<List<ModelInput>> batches = EvaluationBatches.of(predicted);
        return new CallbackEvaluation(
                List.of(PERPLEXITY),
                false,
                predicted::stream,
                EvaluationBatches.largest(batches),
                model -> Map.of(PERPLEXITY, perplexity(model, batches)));
    }

    private static double perplexity(AdaptedModel model, List<List<ModelInput>> batches) {
        Require.argument(
                model.objective() instanceof NextTokenObjective,
                "next-token evaluation: the model's objective is %s, expected %s",
                model.objective().getClass().getSimpleName(),
                NextTokenObjective.class.getSimpleName());
        double sum = 0;
        double tokens = 0;
        for (List<ModelInput> batch : batches) {
            for (double[] output : model.predict(batch)) {
                sum += output[0];
                tokens += output[1];
            }
        }
        DivergedException.requireFinite(sum / tokens, "the loss in evaluation");
        return Math.exp(sum / tokens);
    }

    @Override
    public Stream<?> evaluated() {
        return data.get();
    }

    @Override
    public String primaryMetric() {
        return choosing.get(0);
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        int gain = choosing.stream()
                .mapToInt(name -> (int) Math.signum(one.get(name) - other.get(name)))
                .filter(difference -> difference != 0)
                .findFirst()
                .orElse(0);
        return higherIsBetter ? gain : -gain;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
        Map<String, Double> values = metrics.apply(model);
        for (String name : choosing) {
            Require.argument(
                    values.containsKey(name),
                    "evaluation: the metrics are %s, expected one named %s",
                    values.keySet(),
                    name);
        }
        values.forEach((name, value) -> DivergedException.requireFinite(value, name + " in evaluation"));
        return values;
    }
}
