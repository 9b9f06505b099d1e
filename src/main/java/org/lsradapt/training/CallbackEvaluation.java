package org.lsradapt.training;

import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;

/** What a function says of a model. */
final class CallbackEvaluation implements Evaluation {
    private final String primaryMetric;
    private final Supplier<Stream<?>> evaluated;
    private final Function<AdaptedModel, Map<String, Double>> metrics;

    CallbackEvaluation(
            String primaryMetric, Supplier<Stream<?>> evaluated, Function<AdaptedModel, Map<String, Double>> metrics) {
        this.primaryMetric = primaryMetric;
        this.evaluated = evaluated;
        this.metrics = metrics;
    }

    @Override
    public Stream<?> evaluated() {
        return evaluated.get();
    }

    @Override
    public String primaryMetric() {
        return primaryMetric;
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
        Map<String, Double> values = metrics.apply(model);
        Require.argument(
                values.containsKey(primaryMetric),
                "evaluation: the metrics are %s, expected one named %s",
                values.keySet(),
                primaryMetric);
        values.forEach((name, value) -> DivergedException.requireFinite(value, name + " in evaluation"));
        return values;
    }
}
