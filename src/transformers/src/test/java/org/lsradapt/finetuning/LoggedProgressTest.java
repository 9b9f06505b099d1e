package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.settings.TrainingPlan;

/** The log of a training, where a step takes as long as the test says. */
class LoggedProgressTest {
    private final List<String> log = new ArrayList<>();
    private double now;

    private LoggedProgress progress(String epochsNote) {
        return new LoggedProgress("540 examples", epochsNote, log::add, () -> (long) (now * 1e9));
    }

    private static EvaluationResult evaluation(int epoch, int step, double accuracy) {
        return new EvaluationResult(epoch, step, 0.25, 40, Map.of("accuracy", accuracy));
    }

    private static TrainingResult result(int best, EvaluationResult... evaluations) {
        return new TrainingResult(List.of(evaluations), best, List.of(), 0, false);
    }

    @Test
    void evaluated_tellsTheTimeLeftByTheStepsSinceTheHeadWasTrained() {
        LoggedProgress progress = progress("the default");
        EvaluationResult[] all = {
            evaluation(0, 0, 0.5), evaluation(1, 10, 0.75), evaluation(2, 20, 0.625), evaluation(3, 30, 0.5)
        };
        progress.started(new TrainingPlan(540, 3, 0, 200, 30));
        now = 6;
        progress.headStepped(1, 200, 0.75);
        now = 800;
        progress.headStepped(160, 200, 0.625);
        now = 809;
        progress.headStepped(162, 200, 0.625);
        now = 1000;
        progress.headStepped(200, 200, 0.5);
        now = 1100;
        progress.evaluated(all[0], true);
        now = 1150;
        progress.evaluated(all[1], true);
        now = 1180;
        progress.evaluated(all[2], false);
        now = 1210;
        progress.evaluated(all[3], false);
        progress.ended(result(1, all));
        assertEquals(
                List.of(
                        "training on 540 examples: 3 epochs (the default), 30 steps after 200 of the head alone",
                        "head alone, step 160 of 200: loss 0.6250, about 3 min left",
                        "head alone, 200 steps: loss 0.5000",
                        "epoch 0 of 3, step 0 of 30: loss 0.2500, accuracy 0.5000, 40 s, best so far",
                        "epoch 1 of 3, step 10 of 30: loss 0.2500, accuracy 0.7500, 40 s, about 2 min left, best so far",
                        "epoch 2 of 3, step 20 of 30: loss 0.2500, accuracy 0.6250, 40 s, about 40 s left",
                        "epoch 3 of 3, step 30 of 30: loss 0.2500, accuracy 0.5000, 40 s",
                        "trained 30 steps in 20 min; the best evaluation, whose parameters are kept, is that of epoch 1,"
                                + " step 10: accuracy 0.7500"),
                log);
    }

    @Test
    void resumed_tellsTheTimeLeftByItsOwnSteps() {
        LoggedProgress progress = progress("");
        now = 5;
        progress.started(new TrainingPlan(540, 1, 0, 0, 30));
        progress.resumed(20, 30, List.of(), false);
        now = 6;
        progress.evaluated(evaluation(1, 25, 0.75), true);
        assertEquals(
                List.of(
                        "training on 540 examples: 1 epoch, 30 steps",
                        "going on after step 20 of 30",
                        "epoch 1 of 1, step 25 of 30: loss 0.2500, accuracy 0.7500, 40 s, about 1.0 s left, best so far"),
                log);
    }

    @Test
    void resumed_afterItsEnd_hasNoTimeLeft() {
        LoggedProgress progress = progress("");
        progress.started(new TrainingPlan(540, 1, 0, 0, 30));
        progress.resumed(30, 30, List.of(evaluation(1, 30, 0.75)), true);
        progress.ended(result(0, evaluation(1, 30, 0.75)));
        assertEquals(
                List.of(
                        "training on 540 examples: 1 epoch, 30 steps",
                        "going on after step 30 of 30: this training had ended",
                        "trained 30 steps in 0.0 s; the best evaluation, whose parameters are kept, is that of epoch 1, step 30:"
                                + " accuracy 0.7500"),
                log);
    }

    @Test
    void train_ofListsByDefault_logsRowsClassesEpochsAndSteps() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream err = System.err;
        try (PrintStream captured = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setErr(captured);
            TextClassifier.on(Samples.model("bert"))
                    .train(Samples.weather(40), Samples.weather(6))
                    .close();
        } finally {
            System.setErr(err);
        }
        List<String> lines = bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("FineTuning"))
                .toList();
        assertEquals(
                "inputs are read up to 32 tokens, the default for this data and this model",
                lines.get(0).replaceFirst(".* - ", ""));
        assertEquals(
                "training on 40 examples of 2 classes, evaluated on 6: 60 epochs (the default for fewer than 3,000 examples:"
                        + " as many as make 1,000 steps, 60 at most), 120 steps after 200 of the head alone",
                lines.get(1).replaceFirst(".* - ", ""));
        assertEquals(1 + 1 + 1 + 61 + 1, lines.size(), lines::toString);
    }
}
