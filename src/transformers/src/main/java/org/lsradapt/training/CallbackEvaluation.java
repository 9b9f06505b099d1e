package org.lsradapt.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.inputs.ModelInput;

/** Evaluates a model with a function, and keeps the measurement of the best evaluation. */
public final class CallbackEvaluation implements Evaluation {
    private static final String PERPLEXITY = "perplexity";

    private final List<String> choosing;
    private final boolean higherIsBetter;
    private final Supplier<Stream<?>> data;
    private final List<ModelInput> largest;
    private final Function<AdaptedModel, Measurement> measured;
    private Optional<Measurement> last = Optional.empty();
    private Optional<Measurement> best = Optional.empty();

    /**
     * Creates an evaluation.
     *
     * @param choosing the metrics that choose the best parameters, the primary one first; copied
     * @param higherIsBetter whether larger values of them are better
     * @param largest the result of {@link #largest()}
     * @param measured returns finite values by name
     */
    public CallbackEvaluation(
            List<String> choosing,
            boolean higherIsBetter,
            Supplier<Stream<?>> data,
            List<ModelInput> largest,
            Function<AdaptedModel, Measurement> measured) {
        Require.argument(!choosing.isEmpty(), "evaluation: no metric chooses, expected one at least");
        this.choosing = List.copyOf(choosing);
        this.higherIsBetter = higherIsBetter;
        this.data = data;
        this.largest = largest;
        this.measured = measured;
    }

    /**
     * Evaluates by sums of an objective's outputs; smaller is better.
     *
     * @param primary the metric that chooses the best parameters
     * @param rows the inputs of each row, such as the windows of a text, one input at least
     * @param ofSums computes the metrics from the sums of all outputs
     */
    public static CallbackEvaluation ofSums(
            String name,
            String primary,
            Class<? extends Objective> objective,
            List<? extends List<? extends ModelInput>> rows,
            Function<double[], Map<String, Double>> ofSums) {
        List<ModelInput> inputs =
                rows.stream().<ModelInput>flatMap(Collection::stream).toList();
        List<List<ModelInput>> batches = EvaluationBatches.of(inputs);
        return new CallbackEvaluation(
                List.of(primary), false, inputs::stream, EvaluationBatches.largest(batches), model -> {
                    Require.argument(
                            objective.isInstance(model.objective()),
                            "%s: the model's objective is %s, expected %s",
                            name,
                            model.objective().getClass().getSimpleName(),
                            objective.getSimpleName());
                    Iterator<double[]> outputs = batches.stream()
                            .flatMap(batch -> Stream.of(model.predict(batch)))
                            .iterator();
                    List<double[][]> byRow = new ArrayList<>();
                    for (List<? extends ModelInput> row : rows) {
                        byRow.add(row.stream().map(input -> outputs.next()).toArray(double[][]::new));
                    }
                    return Measurement.ofSums(byRow, ofSums);
                });
    }

    static CallbackEvaluation nextToken(List<? extends List<? extends ModelInput>> texts) {
        List<List<ModelInput>> predicted = texts.stream()
                .map(text -> text.stream()
                        .<ModelInput>map(sequence -> sequence)
                        .filter(sequence -> sequence.length() > sequence.given())
                        .toList())
                .filter(text -> !text.isEmpty())
                .toList();
        Require.argument(
                !predicted.isEmpty(),
                "next-token evaluation: %d sequences without a token to predict, expected one at least",
                texts.stream().mapToInt(List::size).sum());
        return ofSums("next-token evaluation", PERPLEXITY, NextTokenObjective.class, predicted, sums -> {
            DivergedException.requireFinite(sums[0] / sums[1], "the loss in evaluation");
            return Map.of(PERPLEXITY, Math.exp(sums[0] / sums[1]));
        });
    }

    @Override
    public Stream<?> evaluated() {
        return data.get();
    }

    @Override
    public List<ModelInput> largest() {
        return largest;
    }

    @Override
    public String primaryMetric() {
        return choosing.get(0);
    }

    @Override
    public boolean higherIsBetter() {
        return higherIsBetter;
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
    public void bestSoFar() {
        best = last;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
        Measurement now = measure(model);
        last = Optional.of(now);
        return now.metrics();
    }

    private Measurement measure(AdaptedModel model) {
        Measurement now = measured.apply(model);
        for (String name : choosing) {
            Require.argument(
                    now.metrics().containsKey(name),
                    "evaluation: the metrics are %s, expected one named %s",
                    now.metrics().keySet(),
                    name);
        }
        now.metrics().forEach((name, value) -> DivergedException.requireFinite(value, name + " in evaluation"));
        return now;
    }

    @Override
    public Optional<Measurement> bestByRow(AdaptedModel model) {
        return Optional.of(best.orElseGet(() -> measure(model)));
    }
}
