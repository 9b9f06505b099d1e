package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;

/** What a function says of a model. */
final class CallbackEvaluation implements Evaluation {
    /** The primary one first. */
    private final List<String> choosing;

    private final Supplier<Stream<?>> evaluated;
    private final Function<AdaptedModel, Map<String, Double>> metrics;

    CallbackEvaluation(
            List<String> choosing, Supplier<Stream<?>> evaluated, Function<AdaptedModel, Map<String, Double>> metrics) {
        Require.argument(!choosing.isEmpty(), "evaluation: no metric chooses, expected one at least");
        this.choosing = List.copyOf(choosing);
        this.evaluated = evaluated;
        this.metrics = metrics;
    }

    @Override
    public Stream<?> evaluated() {
        return evaluated.get();
    }

    @Override
    public String primaryMetric() {
        return choosing.get(0);
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        return choosing.stream()
                .mapToInt(name -> (int) Math.signum(one.get(name) - other.get(name)))
                .filter(gain -> gain != 0)
                .findFirst()
                .orElse(0);
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
