package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.lsradapt.console.Console;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.runs.Method;
import org.lsradapt.runs.RunListener;
import org.lsradapt.training.EvaluationResult;

/** What somebody sees of a training. */
class RunProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private String shown(boolean interactive) {
        return shown(interactive, () -> 0);
    }

    private String shown(boolean interactive, LongSupplier clock) {
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        RunProgress progress =
                new RunProgress(new Console(InputStream.nullInputStream(), out, out, interactive), 2, clock);
        Method method = new Method("lsr", Optional.of(LsrConfig.defaults()), 1e-3, 2, Optional.empty());
        try (RunListener.Watch watch = progress.training(method, 7)) {
            watch.headStepped(1, 2, 0.75);
            watch.headStepped(2, 2, 0.5);
            watch.stepped(1, 3, 0.25);
            watch.evaluated(new EvaluationResult(1, 1, 0.25, 1.5, Map.of("accuracy", 0.75)), true);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void training_whereNobodyLooks_isALineForTheHeadAndOnePerEvaluation() {
        assertEquals(
                List.of(
                        "lsr seed 7       head alone, 2 steps  loss 0.5000",
                        "lsr seed 7       epoch 1/2  loss 0.2500  accuracy 0.7500  1.5 s  best"),
                shown(false).lines().toList());
    }

    @Test
    void headSteps_thatTakeLong_haveALineEveryTenSeconds() {
        AtomicLong seconds = new AtomicLong();
        String first = shown(false, () -> seconds.getAndAdd(11) * 1_000_000_000L)
                .lines()
                .findFirst()
                .orElseThrow();
        assertEquals("lsr seed 7       head alone, step 1/2  loss 0.7500", first);
    }

    @Test
    void training_onATerminal_hasABarForTheHeadBeforeThatOfTheSteps() {
        List<String> drawn = List.of(shown(true).split("[\r\n]+"));
        assertTrue(
                drawn.stream().anyMatch(line -> line.startsWith("lsr seed 7 head ") && line.contains("2/2")),
                drawn::toString);
        assertTrue(drawn.stream().anyMatch(line -> line.matches("lsr seed 7 +\\d+%.* 1/3 .*")), drawn::toString);
        assertTrue(drawn.contains("lsr seed 7       head alone, 2 steps  loss 0.5000"), drawn::toString);
    }
}
