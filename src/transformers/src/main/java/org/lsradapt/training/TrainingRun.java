package org.lsradapt.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.FlightEvents;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.training.settings.TrainingPlan;
import org.lsradapt.transformer.inputs.ModelInput;

/** One run of a {@link Trainer}, from the first step to the last. */
final class TrainingRun {
    private static final Backend BACKEND = Backends.standard();
    private static final String PARAMETERS = "parameters.";

    private final AdaptedModel model;
    private final TrainingConfig config;
    private final TrainingListener listener;
    private final List<TrainingExample> train;
    private final Evaluation evaluation;
    private final PassExecutor passes;
    private final Batches batches;
    private final int steps;
    private final Schedule schedule;
    private final Updates updates;
    /** Null without checkpoints. */
    private final CheckpointFolder checkpoints;

    private final List<EvaluationResult> results = new ArrayList<>();
    private final List<double[]> bestValues = new ArrayList<>();
    private int best;
    /** The index of the last evaluation whose metrics were better than all before it. */
    private int improved;

    private int step;
    private int epoch = 1;
    /** The loss of the head's steps before this run's; empty without such steps and in a resumed run. */
    private OptionalDouble headLoss = OptionalDouble.empty();

    private double headSeconds;
    private int done;

    private boolean stoppedEarly;
    private boolean ended;

    /** The sum over the steps since the last evaluation. */
    private double lossSum;

    private double weightSum;
    private double seconds;
    /** The start of the measured interval, in {@link System#nanoTime} time. */
    private long start;

    TrainingRun(Trainer trainer, List<TrainingExample> train, Evaluation evaluation, Optional<Checkpoints> checkpoints)
            throws IOException {
        model = trainer.model();
        config = trainer.config();
        listener = trainer.listener();
        passes = trainer.passes();
        this.evaluation = evaluation;
        batches = new Batches(train, config);
        this.train = train;
        steps = Batches.steps(train, config, config.epochs());
        schedule = Schedule.of(steps, config.warmUp(), config.schedule());
        listener.started(new TrainingPlan(
                train.size(),
                config.epochs(),
                FirstSteps.contrastSteps(model, config),
                FirstSteps.headSteps(model, config),
                steps));
        passes.begins(model, batches.largest(), evaluation.largest());
        Optional<CheckpointFolder> files = checkpoints.map(settings -> new CheckpointFolder(
                settings, TrainingFacts.of(config, train, model, evaluation), passes.arithmetic()));
        this.checkpoints = files.orElse(null);
        if (files.isEmpty() || files.get().isEmpty()) {
            startClock();
            FirstSteps.contrast(trainer, train);
            headLoss = FirstSteps.train(trainer, train);
            headSeconds = elapsed();
        }
        updates = new Updates(model, config);
        for (Parameter block : model.trainable()) {
            bestValues.add(new double[(int) block.count()]);
        }
    }

    TrainingResult run() throws IOException {
        if (checkpoints != null && checkpoints.restore(this)) {
            model.dropout(config.dropout(), config.seed(), step);
            listener.resumed(step, steps, List.copyOf(results), ended);
        }
        if (results.isEmpty() && headLoss.isPresent() && config.evaluateEvery() == 0) {
            evaluateHead();
        }
        if (!ended) {
            train();
        }
        write(bestValues);
        TrainingResult result = new TrainingResult(results, best, updates.readings(), updates.skipped(), stoppedEarly);
        listener.ended(result);
        return result;
    }

    private void train() throws IOException {
        for (int earlier = 1; earlier < epoch; earlier++) {
            batches.nextEpoch();
        }
        while (epoch <= config.epochs() && !stoppedEarly) {
            epoch();
            epoch++;
            done = 0;
        }
        ended = true;
        if (checkpoints != null) {
            checkpoints.save(this);
        }
    }

    /** Trains for the rest of an epoch, unless evaluation stops it early. */
    private void epoch() throws IOException {
        startClock();
        List<List<List<TrainingExample>>> todo = batches.nextEpoch();
        while (done < todo.size() && !stoppedEarly) {
            if (done + 1 < todo.size()) {
                prepare(todo.get(done + 1));
            }
            double loss = step(todo.get(done));
            done++;
            listener.learningRates(step, updates.learningRates(schedule.factor(step - 1)));
            listener.stepped(step, steps, loss);
            boolean last = done == todo.size();
            boolean due = config.evaluateEvery() == 0 ? last : step % config.evaluateEvery() == 0 || step == steps;
            stopClock();
            if (due) {
                evaluate();
            }
            // The last state is saved by {@link #train}, as that of a completed run.
            if (savesOnTheWay() && step < steps && !stoppedEarly && checkpoints.isDue(step, last)) {
                checkpoints.save(this);
            }
            startClock();
        }
    }

    /** Without adapters there are no checkpoints on the way: a resumed run would have to recompute the features that the model keeps. */
    private boolean savesOnTheWay() {
        return checkpoints != null && model.adapters().isPresent();
    }

    private void startClock() {
        start = System.nanoTime();
    }

    private void stopClock() {
        seconds += elapsed();
    }

    private double elapsed() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Takes one optimizer step; returns the mean loss of its batches. */
    private double step(List<List<TrainingExample>> parts) {
        Optional<StepEvent> event = FlightEvents.begin(StepEvent::new);
        double factor = schedule.factor(step);
        step++;
        TrainingStep now = new TrainingStep(step, epoch, parts);
        double loss = passes.gradients(model, now);
        DivergedException.requireFinite(loss, "the loss in epoch " + epoch + ", step " + step);
        double norm = updates.step(factor, step);
        DivergedException.requireFinite(norm, "the gradient's norm in epoch " + epoch + ", step " + step);
        double total = now.weight(model);
        lossSum += loss * total;
        weightSum += total;
        event.ifPresent(began -> began.taken(now, loss, norm));
        return loss;
    }

    /** Starts preparing the next step's inputs in parallel with this step. */
    private void prepare(List<List<TrainingExample>> parts) {
        parts.forEach(part -> tokens(part, epoch).stream()
                .filter(input -> !model.hasKept(input))
                .forEach(ModelInput::prepare));
    }

    /** The sum of the weights over which the items' loss is a mean, in an epoch. */
    static double weight(AdaptedModel model, List<TrainingExample> items, int epoch) {
        return model.objective().weight(tokens(items, epoch), targets(items));
    }

    static List<ModelInput> tokens(List<TrainingExample> items, int epoch) {
        return items.stream()
                .flatMap(item -> item.sequences().stream())
                .map(input -> input.inEpoch(epoch))
                .toList();
    }

    static List<Target> targets(List<TrainingExample> items) {
        return items.stream().flatMap(item -> item.targets().stream()).toList();
    }

    /** Evaluates, keeps the parameters if they are the best so far, and decides whether to stop early. */
    private void evaluate() {
        EvaluationResult result =
                new EvaluationResult(epoch, step, lossSum / weightSum, seconds, evaluation.evaluate(model));
        lossSum = 0;
        weightSum = 0;
        seconds = 0;
        boolean better = add(result);
        if (better) {
            read(bestValues);
            evaluation.bestSoFar();
        }
        listener.evaluated(result, better);
        stoppedEarly = config.patience() > 0 && results.size() - 1 - improved >= config.patience() && step < steps;
        if (stoppedEarly) {
            listener.stoppedEarly(result, config.patience());
        }
    }

    /** Evaluates the head alone, since with few examples it can be better than with any trained adapters. */
    private void evaluateHead() {
        lossSum = headLoss.orElseThrow();
        weightSum = 1;
        seconds = headSeconds;
        epoch = 0;
        evaluate();
        epoch = 1;
    }

    /**
     * Adds an evaluation. Its metrics decide whether it is the best so far. Among equal ones, the head alone comes last, then the lower
     * training loss decides, then the earlier evaluation. A lower loss alone does not extend the patience.
     *
     * @return whether the evaluation is the best so far
     */
    private boolean add(EvaluationResult result) {
        int gain = 1;
        boolean better = true;
        if (!results.isEmpty()) {
            EvaluationResult before = results.get(best);
            gain = evaluation.compare(result.metrics(), before.metrics());
            better = gain > 0 || (gain == 0 && (before.epoch() == 0 || result.loss() < before.loss()));
        }
        results.add(result);
        improved = gain > 0 ? results.size() - 1 : improved;
        best = better ? results.size() - 1 : best;
        return better;
    }

    private void read(List<double[]> into) {
        List<Parameter> blocks = model.trainable();
        for (int i = 0; i < blocks.size(); i++) {
            BACKEND.read(blocks.get(i).value(), into.get(i));
        }
    }

    private void write(List<double[]> values) {
        List<Parameter> blocks = model.trainable();
        for (int i = 0; i < blocks.size(); i++) {
            BACKEND.write(values.get(i), blocks.get(i).value());
        }
    }

    int step() {
        return step;
    }

    /**
     * The state of a run in a checkpoint, apart from {@link #arrays}.
     *
     * @param lossSum the sum over the steps since the last evaluation, as are the weight and the seconds
     */
    record State(
            int step,
            int epoch,
            int done,
            boolean stoppedEarly,
            boolean ended,
            double lossSum,
            double weightSum,
            double seconds,
            List<EvaluationResult> evaluations,
            Updates.State updates) {}

    State state() {
        return new State(step, epoch, done, stoppedEarly, ended, lossSum, weightSum, seconds, results, updates.state());
    }

    /** The arrays of a checkpoint by name: copies of the parameters, and the arrays of the best ones and of the optimizer. */
    Map<String, Object> arrays() throws IOException {
        Map<String, Object> arrays = new LinkedHashMap<>();
        for (int i = 0; i < bestValues.size(); i++) {
            Parameter block = model.trainable().get(i);
            double[] values = new double[(int) block.count()];
            BACKEND.read(block.value(), values);
            arrays.put(PARAMETERS + block.name(), values);
            arrays.put("best." + block.name(), bestValues.get(i));
        }
        arrays.putAll(updates.arrays());
        return arrays;
    }

    void resume(State state, CheckpointFile file) throws IOException {
        file.requireWithin("the step", state.step, 0, steps);
        file.requireWithin("the epoch", state.epoch, 1, config.epochs() + 1);
        step = state.step;
        epoch = state.epoch;
        done = state.done;
        stoppedEarly = state.stoppedEarly;
        ended = state.ended;
        file.require(
                ended || isReached(),
                "step %d is step %d of epoch %d, expected one of this training",
                step,
                done,
                epoch);
        lossSum = file.finite(state.lossSum);
        weightSum = file.finite(state.weightSum);
        seconds = file.finite(state.seconds);
        requireAlike(file, state.evaluations);
        state.evaluations.forEach(this::add);
        Map<String, Object> arrays = arrays();
        file.fill(arrays);
        for (Parameter block : model.trainable()) {
            BACKEND.write((double[]) arrays.get(PARAMETERS + block.name()), block.value());
        }
        updates.resume(state.updates, file);
    }

    private void requireAlike(CheckpointFile file, List<EvaluationResult> kept) throws IOException {
        file.require(
                kept.size() >= (ended ? 1 : 0) && kept.size() <= step + 1,
                "the number of evaluations is %d, expected %d to %d",
                kept.size(),
                ended ? 1 : 0,
                step + 1);
        for (EvaluationResult result : kept) {
            file.finite(result.loss());
            file.finite(result.seconds());
            for (double metric : result.metrics().values()) {
                file.finite(metric);
            }
            Set<String> names = result.metrics().keySet();
            file.require(
                    names.contains(evaluation.primaryMetric())
                            && names.equals(kept.get(0).metrics().keySet()),
                    "an evaluation has %s, expected %s and the same metrics each time",
                    names,
                    evaluation.primaryMetric());
        }
    }

    /** Whether a run reaches this combination of step, epoch and steps in it, and continues from there. */
    private boolean isReached() {
        return epoch <= config.epochs()
                && done >= 0
                && step == Batches.steps(train, config, epoch - 1) + done
                && step <= Batches.steps(train, config, epoch)
                && step < steps;
    }
}
