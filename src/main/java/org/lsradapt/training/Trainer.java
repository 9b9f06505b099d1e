package org.lsradapt.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.TokenSequence;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains a model on a task: shuffled batches, AdamW with linear warm-up and decay, gradient clipping; evaluates after each
 * epoch and keeps the best epoch's parameters. On request, keeps the adapters in a low precision and watches their condition.
 *
 * <p>The order of the examples depends on the seed alone, so that methods that are compared see the same batches. Batches
 * are packed without padding (see {@link org.lsradapt.transformer.TokenBatch}), so examples need not be sorted by length, and
 * are not.
 */
public final class Trainer {
    private final AdaptedModel model;
    private final Task task;
    private final TrainingConfig config;
    private final TrainingListener listener;

    /**
     * Makes a trainer.
     *
     * @param model the model, whose trainable parameters are changed
     * @param task what is evaluated by which metric
     * @param config how to train
     * @param listener told of the progress
     */
    public Trainer(AdaptedModel model, Task task, TrainingConfig config, TrainingListener listener) {
        this.model = model;
        this.task = task;
        this.config = config;
        this.listener = listener;
    }

    /**
     * Runs all epochs; the model then has the best epoch's parameters.
     *
     * @param train training examples, at least one, with labels
     * @param evaluation evaluation examples, at least one, with labels
     * @return losses, metrics and times per epoch
     * @throws DivergedException if the loss or the scores stop being finite
     */
    public TrainingResult run(List<EncodedExample> train, List<EncodedExample> evaluation) {
        try (Backend.Pass pass = model.openPass()) {
            return runEpochs(train, evaluation);
        }
    }

    private TrainingResult runEpochs(List<EncodedExample> train, List<EncodedExample> evaluation) {
        Require.argument(!train.isEmpty(), "training: no training examples");
        Require.argument(!evaluation.isEmpty(), "training: no evaluation examples");
        int perEpoch = (train.size() + config.batchSize() - 1) / config.batchSize();
        int steps = Math.multiplyExact(perEpoch, config.epochs());
        LinearSchedule schedule = new LinearSchedule(steps, (int) Math.ceil(config.warmUp() * steps));
        Updates updates = new Updates(model, config);
        Random random = new Random(config.seed());
        List<EncodedExample> order = new ArrayList<>(train);
        List<EpochResult> epochs = new ArrayList<>();
        List<INDArray> best = null;
        int bestEpoch = 0;
        int step = 0;
        for (int epoch = 1; epoch <= config.epochs(); epoch++) {
            long start = System.nanoTime();
            Collections.shuffle(order, random);
            double loss = 0;
            for (int from = 0; from < order.size(); from += config.batchSize()) {
                List<EncodedExample> batch = order.subList(from, Math.min(order.size(), from + config.batchSize()));
                double batchLoss = step(batch, updates, schedule.factor(step), epoch, step);
                loss += batchLoss * batch.size();
                step++;
                listener.stepped(step, steps, batchLoss);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            EpochResult result = new EpochResult(loss / order.size(), seconds, evaluate(evaluation));
            epochs.add(result);
            if (best == null || primary(result) > primary(epochs.get(bestEpoch - 1))) {
                bestEpoch = epoch;
                best = snapshot();
            }
            listener.epochEnded(epoch, result, bestEpoch == epoch);
        }
        restore(best);
        return new TrainingResult(List.copyOf(epochs), bestEpoch, updates.readings(), updates.skipped());
    }

    /**
     * The task's metrics with the parameters as they are now.
     *
     * @param examples examples with labels
     * @return metrics by name, in the task's order
     * @throws DivergedException if a score is not finite
     */
    public Map<String, Double> evaluate(List<EncodedExample> examples) {
        return Evaluation.of(model, task, examples);
    }

    private double step(
            List<EncodedExample> batch, Updates updates, double factor, int epoch, int step) {
        double[] labels = new double[batch.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = batch.get(i).example().label();
        }
        double loss = model.lossAndGradients(tokens(batch), labels);
        DivergedException.requireFinite(loss, "the loss in epoch " + epoch + ", step " + (step + 1));
        double norm = updates.step(factor, step + 1);
        DivergedException.requireFinite(norm, "the gradient's norm in epoch " + epoch + ", step " + (step + 1));
        return loss;
    }

    private static List<TokenSequence> tokens(List<EncodedExample> examples) {
        return examples.stream().map(EncodedExample::tokens).toList();
    }

    private double primary(EpochResult result) {
        return result.metrics().get(task.primaryMetric());
    }

    private List<INDArray> snapshot() {
        return model.trainable().stream().map(block -> block.value().dup()).toList();
    }

    private void restore(List<INDArray> values) {
        List<Parameter> blocks = model.trainable();
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).value().assign(values.get(i));
        }
    }
}
