package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import org.lsradapt.training.settings.TrainingPlan;

/** Forwards each event to one listener, then to another. */
record BothListeners(TrainingListener first, TrainingListener second) implements TrainingListener {

    @Override
    public void started(TrainingPlan plan) {
        first.started(plan);
        second.started(plan);
    }

    @Override
    public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
        first.resumed(step, steps, evaluations, ended);
        second.resumed(step, steps, evaluations, ended);
    }

    @Override
    public void contrasted(int step, int steps, double loss) {
        first.contrasted(step, steps, loss);
        second.contrasted(step, steps, loss);
    }

    @Override
    public void headStepped(int step, int steps, double loss) {
        first.headStepped(step, steps, loss);
        second.headStepped(step, steps, loss);
    }

    @Override
    public void learningRates(int step, Map<String, Double> rates) {
        first.learningRates(step, rates);
        second.learningRates(step, rates);
    }

    @Override
    public void stepped(int step, int steps, double loss) {
        first.stepped(step, steps, loss);
        second.stepped(step, steps, loss);
    }

    @Override
    public void evaluated(EvaluationResult result, boolean best) {
        first.evaluated(result, best);
        second.evaluated(result, best);
    }

    @Override
    public void stoppedEarly(EvaluationResult last, int patience) {
        first.stoppedEarly(last, patience);
        second.stoppedEarly(last, patience);
    }

    @Override
    public void ended(TrainingResult result) {
        first.ended(result);
        second.ended(result);
    }
}
