package org.lsradapt.finetuning;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.lsradapt.lsr.internal.Durations;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.settings.TrainingPlan;

/** Logs a training: its length, a line for each evaluation with the time left, and the best evaluation at the end. */
final class LoggedProgress implements TrainingListener {
    private static final double NANOS = 1e9;
    /** Seconds between two lines on the steps before the epochs. */
    private static final double PAUSE = 10;

    private final String data;
    private final String epochsNote;
    private final Consumer<String> log;
    private final LongSupplier clock;

    private TrainingPlan plan = new TrainingPlan(0, 0, 0, 0, 0);
    private long start;
    /** The time of the last line on the steps before the epochs. */
    private long saidBefore;
    /** The start of the steps whose pace estimates the time left. */
    private long paceStart;

    private int paceStep;

    /** Logs one training with a description of its data and the reason for the epochs, which is empty if the caller set them. */
    static LoggedProgress of(String data, String epochsNote) {
        return new LoggedProgress(data, epochsNote, ProgressSink.ofProcess(), System::nanoTime);
    }

    LoggedProgress(String data, String epochsNote, Consumer<String> log, LongSupplier clock) {
        this.data = data;
        this.epochsNote = epochsNote;
        this.log = log;
        this.clock = clock;
    }

    @Override
    public void started(TrainingPlan planned) {
        plan = planned;
        start = clock.getAsLong();
        saidBefore = start;
        setPace(0);
        log.accept("training on " + data + ": " + plural(plan.epochs(), "epoch")
                + (epochsNote.isEmpty() ? "" : " (" + epochsNote + ")") + ", " + plural(plan.steps(), "step")
                + first());
    }

    /** The steps before the epochs. */
    private String first() {
        List<String> first = new ArrayList<>();
        if (plan.contrastSteps() > 0) {
            first.add(plan.contrastSteps() + " of a contrast of the classes");
        }
        if (plan.headSteps() > 0) {
            first.add(plan.headSteps() + " of the head alone");
        }
        return first.isEmpty() ? "" : " after " + String.join(" and ", first);
    }

    @Override
    public void contrasted(int step, int steps, double loss) {
        before("contrast", step, steps, loss);
    }

    @Override
    public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
        setPace(step);
        log.accept("going on after step " + step + " of " + steps + (ended ? ": this training had ended" : ""));
    }

    @Override
    public void headStepped(int step, int steps, double loss) {
        before("head alone", step, steps, loss);
    }

    /** Logs steps before the epochs: some of those that take long, and the last. */
    private void before(String what, int step, int steps, double loss) {
        if (step == steps) {
            setPace(0);
            log.accept(what + ", " + steps + " steps: loss " + format(loss));
        } else if (seconds(saidBefore) >= PAUSE) {
            saidBefore = clock.getAsLong();
            log.accept(what + ", step " + step + " of " + steps + ": loss " + format(loss) + ", about "
                    + Durations.format(seconds(paceStart) / step * (steps - step)) + " left");
        }
    }

    @Override
    public void evaluated(EvaluationResult result, boolean best) {
        log.accept(
                "epoch " + result.epoch() + " of " + plan.epochs() + ", step " + result.step() + " of " + plan.steps()
                        + ": loss " + format(result.loss()) + ", " + metrics(result) + ", "
                        + Durations.format(result.seconds()) + timeLeft(result.step()) + (best ? ", best so far" : ""));
        if (result.step() == 0) {
            setPace(0);
        }
    }

    @Override
    public void stoppedEarly(EvaluationResult last, int patience) {
        log.accept("stopped early: no better result in " + plural(patience, "evaluation"));
    }

    @Override
    public void ended(TrainingResult result) {
        EvaluationResult best = result.best();
        log.accept("trained " + plural(result.last().step(), "step") + " in " + Durations.format(seconds(start))
                + "; the best evaluation, whose parameters are kept, is that of epoch " + best.epoch() + ", step "
                + best.step() + ": " + metrics(best));
    }

    private void setPace(int step) {
        paceStart = clock.getAsLong();
        paceStep = step;
    }

    /**
     * Estimates by the mean time of the steps so far, including evaluations; empty if there are no such steps, or none
     * are left.
     */
    private String timeLeft(int step) {
        int left = plan.steps() - step;
        return step == paceStep || left == 0
                ? ""
                : ", about " + Durations.format(seconds(paceStart) / (step - paceStep) * left) + " left";
    }

    private double seconds(long since) {
        return (clock.getAsLong() - since) / NANOS;
    }

    private static String metrics(EvaluationResult result) {
        return result.metrics().entrySet().stream().map(LoggedProgress::metric).collect(Collectors.joining(", "));
    }

    private static String metric(Map.Entry<String, Double> metric) {
        return metric.getKey() + " " + format(metric.getValue());
    }

    private static String plural(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
