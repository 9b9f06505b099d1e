package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.NextTokenObjective;
import org.lsradapt.transformer.ModelInput;

/** Perplexity of next-token prediction. */
final class NextTokenEvaluation implements Evaluation {

    private final List<List<ModelInput>> batches;

    NextTokenEvaluation(List<? extends ModelInput> sequences) {
        List<ModelInput> predicted = new ArrayList<>(sequences);
        predicted.removeIf(s -> s.length() <= s.given());
        Require.argument(
                !predicted.isEmpty(),
                "next-token evaluation: %d sequences without a token to predict, expected one at least",
                sequences.size());
        batches = Batches.split(predicted, ModelInput::length, Batches.EVALUATION, Batches.EVALUATION_TOKENS);
    }

    @Override
    public Stream<?> evaluated() {
        return batches.stream().flatMap(List::stream);
    }

    @Override
    public String primaryMetric() {
        return "perplexity";
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
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
        double loss = sum / tokens;
        DivergedException.requireFinite(loss, "the loss in evaluation");
        double perplexity = Math.exp(loss);
        DivergedException.requireFinite(perplexity, "the perplexity in evaluation");
        return Map.of(primaryMetric(), perplexity);
    }
}
