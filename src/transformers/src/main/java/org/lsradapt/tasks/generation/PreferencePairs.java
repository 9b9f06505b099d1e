package org.lsradapt.tasks.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.objectives.language.PreferenceLoss;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.EvaluationBatches;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * Model inputs of preferences.
 *
 * @param sequences for each pair the prompt with the chosen answer, then the prompt with the rejected one
 */
record PreferencePairs(List<TokenSequence> sequences) {
    static final String PERPLEXITY = "perplexity";

    /** Tokenizes pairs, cut at the end of answers; refuses a prompt that leaves no room for an answer, and what a template refuses. */
    static PreferencePairs encode(List<Preference> pairs, BaseModel model, int length) {
        List<Optional<TokenSequence>> whole = ChatTurns.encodeLast(
                pairs.stream()
                        .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
                        .toList(),
                model);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int i = 0; i < whole.size(); i++) {
            int pair = i / 2 + 1;
            TokenSequence sequence = whole.get(i)
                    .orElseThrow(() -> new IllegalArgumentException("preference " + pair
                            + ": the tokenizer makes no token of an answer, expected one at least"));
            Require.argument(
                    sequence.given() < length,
                    "preference %d: the prompt has %d tokens, expected fewer than the maximal length of %d, so that an"
                            + " answer follows",
                    pair,
                    sequence.given(),
                    length);
            model.cutTexts().add(sequence.length(), length);
            if (sequence.length() > length) {
                int[] ids = Arrays.copyOf(sequence.ids(), length);
                sequence = new TokenSequence(ids, new int[length], sequence.given());
            }
            sequences.add(sequence);
        }
        return new PreferencePairs(List.copyOf(sequences));
    }

    /** The training examples, with the references of a base model if the loss has them. */
    List<TrainingExample> examples(BaseModel base, PreferenceLoss loss) {
        double[][] reference = reference(base, loss);
        return IntStream.range(0, sequences.size() / 2)
                .mapToObj(i -> TrainingExample.preference(sequences.get(2 * i), sequences.get(2 * i + 1), reference[i]))
                .toList();
    }

    /**
     * The log-probabilities of each pair's chosen and rejected answers, by a base model without adapters; empty rows if
     * the loss does not use them.
     */
    private double[][] reference(BaseModel base, PreferenceLoss loss) {
        if (!loss.hasReference()) {
            return new double[sequences.size() / 2][0];
        }
        try (AdaptedModel model = model(base, Optional.empty())) {
            double[][] outputs = outputs(model);
            return IntStream.range(0, outputs.length / 2)
                    .mapToObj(i -> new double[] {-outputs[2 * i][0], -outputs[2 * i + 1][0]})
                    .toArray(double[][]::new);
        }
    }

    private static AdaptedModel model(BaseModel base, Optional<AdapterSet> adapters) {
        NextTokenObjective objective = new NextTokenObjective(base.weights(), Backends.standard());
        return new AdaptedModel(base.weights(), adapters, objective, Backends.standard());
    }

    /** Measures a model with adapters in training, as {@link TextGenerator#evaluate} says. */
    Evaluation evaluation(BaseModel base, PreferenceLoss loss) {
        double[][] reference = reference(base, loss);
        return Evaluation.measuring(
                List.of("accuracy"),
                sequences::stream,
                EvaluationBatches.largest(EvaluationBatches.of(sequences)),
                model -> measured(outputs(model), loss, reference));
    }

    /** Measures once, as {@link TextGenerator#evaluate} says; refuses metrics that are NaN or infinite. */
    Measurement measure(BaseModel base, Optional<AdapterSet> adapters, PreferenceLoss loss) {
        Evaluation evaluation = evaluation(base, loss);
        try (AdaptedModel model = model(base, adapters)) {
            return evaluation.bestByRow(model).orElseThrow();
        } catch (DivergedException e) {
            throw NonFiniteOutputException.of("eval_loss", e);
        }
    }

    private static Measurement measured(double[][] outputs, PreferenceLoss loss, double[][] reference) {
        List<double[][]> rows = new ArrayList<>();
        for (int i = 0; i < outputs.length / 2; i++) {
            PreferenceLoss.Pair pair = loss.of(outputs[2 * i], outputs[2 * i + 1], reference[i]);
            rows.add(new double[][] {
                {1, pair.margin() > 0 ? 1 : 0, pair.margin(), pair.loss(), outputs[2 * i][0], outputs[2 * i][1]}
            });
        }
        return Measurement.ofSums(rows, sums -> {
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("accuracy", sums[1] / sums[0]);
            metrics.put("margin", sums[2] / sums[0]);
            metrics.put(PERPLEXITY, Math.exp(sums[4] / sums[5]));
            metrics.put("eval_loss", sums[3] / sums[0]);
            return metrics;
        });
    }

    private double[][] outputs(AdaptedModel model) {
        List<double[]> rows = new ArrayList<>();
        for (List<TokenSequence> batch : EvaluationBatches.of(sequences)) {
            rows.addAll(List.of(model.predict(batch)));
        }
        return rows.toArray(double[][]::new);
    }
}
