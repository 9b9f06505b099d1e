package org.lsradapt.finetuning;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a line for each evaluation, and when the head has been trained alone. */
final class LoggedProgress implements TrainingListener {
    private static final Logger LOG = LoggerFactory.getLogger(FineTuning.class);

    @Override
    public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
        LOG.info("going on after step {} of {}{}", step, steps, ended ? ": this training had ended" : "");
    }

    @Override
    public void headStepped(int step, int steps, double loss) {
        if (step == steps && LOG.isInfoEnabled()) {
            LOG.info("head alone, {} steps: loss {}", steps, format(loss));
        }
    }

    @Override
    public void evaluated(EvaluationResult result, boolean best) {
        if (LOG.isInfoEnabled()) {
            LOG.info(
                    "epoch {}, step {}: loss {}, {}, {} s{}",
                    result.epoch(),
                    result.step(),
                    format(result.loss()),
                    result.metrics().entrySet().stream()
                            .map(metric -> metric.getKey() + " " + format(metric.getValue()))
                            .collect(Collectors.joining(", ")),
                    String.format(Locale.ROOT, "%.1f", result.seconds()),
                    best ? ", best so far" : "");
        }
    }

    @Override
    public void stoppedEarly(EvaluationResult last, int patience) {
        LOG.info("stopped early: no better result in {} evaluations", patience);
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
