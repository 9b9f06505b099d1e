package org.lsradapt.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.transformer.TokenSequence;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One run of a {@link Trainer}, from the first step to the last. */
final class TrainingRun {
    private final AdaptedModel model;
    private final TrainingConfig config;
    private final TrainingListener listener;
    private final Evaluation evaluation;
    private final Batches batches;
    private final int steps;
    private final LinearSchedule schedule;
    private final Updates updates;
    private final List<EvaluationResult> results = new ArrayList<>();
    private List<INDArray> bestValues = List.of();
    private int best;
    private int step;

    /** Of the steps since the last evaluation. */
    private double lossSum;

    private double weightSum;
    private double seconds;

    TrainingRun(
            AdaptedModel model,
            TrainingConfig config,
            TrainingListener listener,
            List<? extends TrainingItem> train,
            Evaluation evaluation) {
        this.model = model;
        this.config = config;
        this.listener = listener;
        this.evaluation = evaluation;
        batches = new Batches(train, config);
        steps = Batches.steps(train, config);
        schedule = LinearSchedule.of(steps, config.warmUp());
        updates = new Updates(model, config);
    }

    TrainingResult run() {
        boolean stopped = false;
        for (int epoch = 1; epoch <= config.epochs() && !stopped; epoch++) {
            stopped = epoch(epoch);
        }
        restore();
        return new TrainingResult(results, best, updates.readings(), updates.skipped(), stopped);
    }

    /** Trains for an epoch, or less of it; whether to stop early. */
    private boolean epoch(int epoch) {
        long start = System.nanoTime();
        List<List<List<TrainingItem>>> todo = batches.nextEpoch();
        for (int i = 0; i < todo.size(); i++) {
            double loss = step(todo.get(i), epoch);
            listener.stepped(step, steps, loss);
            boolean due = config.evaluateEvery() == 0
                    ? i == todo.size() - 1
                    : step % config.evaluateEvery() == 0 || step == steps;
            if (due) {
                seconds += (System.nanoTime() - start) / 1e9;
                if (evaluate(epoch)) {
                    return true;
                }
                start = System.nanoTime();
            }
        }
        seconds += (System.nanoTime() - start) / 1e9;
        return false;
    }

    /** One optimizer step; the mean loss of its batches. */
    private double step(List<List<TrainingItem>> parts, int epoch) {
        double factor = schedule.factor(step);
        step++;
        double total = 0;
        for (List<TrainingItem> part : parts) {
            total += weight(model, part);
        }
        model.beginStep();
        double loss = 0;
        for (List<TrainingItem> part : parts) {
            loss += model.addGradients(tokens(part), labels(part), total);
        }
        model.endStep();
        DivergedException.requireFinite(loss, "the loss in epoch " + epoch + ", step " + step);
        double norm = updates.step(factor, step);
        DivergedException.requireFinite(norm, "the gradient's norm in epoch " + epoch + ", step " + step);
        lossSum += loss * total;
        weightSum += total;
        return loss;
    }

    /** The sum of the weights of what the loss of some items is a mean of. */
    static double weight(AdaptedModel model, List<? extends TrainingItem> items) {
        return model.objective().weight(tokens(items), labels(items));
    }

    private static List<TokenSequence> tokens(List<? extends TrainingItem> items) {
        return items.stream().flatMap(item -> item.sequences().stream()).toList();
    }

    private static double[] labels(List<? extends TrainingItem> items) {
        return items.stream().flatMapToDouble(item -> Arrays.stream(item.labels())).toArray();
    }

    /** Evaluates, and keeps the parameters if they are the best so far; whether to stop early. */
    private boolean evaluate(int epoch) {
        EvaluationResult result =
                new EvaluationResult(epoch, step, lossSum / weightSum, seconds, evaluation.evaluate(model));
        lossSum = 0;
        weightSum = 0;
        seconds = 0;
        boolean better = results.isEmpty() || better(primary(result), primary(results.get(best)));
        results.add(result);
        if (better) {
            best = results.size() - 1;
            bestValues = model.trainable().stream().map(block -> block.value().dup()).toList();
        }
        listener.evaluated(result, better);
        boolean stop = config.patience() > 0 && results.size() - 1 - best >= config.patience() && step < steps;
        if (stop) {
            listener.stoppedEarly(result, config.patience());
        }
        return stop;
    }

    private double primary(EvaluationResult result) {
        return result.metrics().get(evaluation.primaryMetric());
    }

    private boolean better(double value, double than) {
        return evaluation.higherIsBetter() ? value > than : value < than;
    }

    private void restore() {
        List<Parameter> blocks = model.trainable();
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).value().assign(bestValues.get(i));
        }
    }
}
