package org.lsradapt.cli.training;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.lsradapt.console.Console;
import org.lsradapt.runs.Method;
import org.lsradapt.runs.RunListener;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.settings.TrainingPlan;

/** Prints the progress of a run: messages, one line per evaluation and, on a terminal, a bar with loss and time left. */
final class RunProgress implements RunListener {

    /** The maximum width of the bar, so that it does not wrap on a terminal of 80 columns. */
    private static final int WIDTH = 79;

    /** Overwrites the bar. */
    private static final String CLEARED = "\r" + " ".repeat(WIDTH) + "\r";

    /** Nanoseconds between two lines on steps before the epochs. */
    private static final long PAUSE = 10_000_000_000L;

    private final PrintStream out;
    private final int epochs;
    private final boolean withBar;
    private final LongSupplier clock;

    /**
     * Creates the progress of a run.
     *
     * @param epochs the number of epochs of each training
     */
    RunProgress(Console console, int epochs) {
        this(console, epochs, System::nanoTime);
    }

    RunProgress(Console console, int epochs, LongSupplier clock) {
        out = console.out();
        withBar = console.interactive();
        this.epochs = epochs;
        this.clock = clock;
    }

    @Override
    public void said(String line) {
        out.println(line);
        out.flush();
    }

    @Override
    public Watch training(Method method, long seed) {
        return new Training(method.label() + " seed " + seed);
    }

    private final class Training implements Watch {
        private final String title;
        private int planned = epochs;
        private ProgressBar bar;
        /** The time of the last line on steps before the epochs, in nanoseconds; used without a bar. */
        private long saidBefore = clock.getAsLong();

        Training(String title) {
            this.title = title;
        }

        @Override
        public void started(TrainingPlan plan) {
            planned = plan.epochs();
            print("%d examples, epochs: %d, steps: %d%s", plan.examples(), plan.epochs(), plan.steps(), first(plan));
        }

        @Override
        public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
            print("%s", ended ? "already trained" : "continues after step " + step + "/" + steps);
        }

        private static String first(TrainingPlan plan) {
            String contrast = plan.contrastSteps() == 0 ? "" : " after " + plan.contrastSteps() + " of a contrast";
            String head = plan.headSteps() + " of the head alone";
            return plan.headSteps() == 0 ? contrast : contrast + (contrast.isEmpty() ? " after " : " and ") + head;
        }

        @Override
        public void contrasted(int step, int steps, double loss) {
            before("contrast", step, steps, loss);
        }

        @Override
        public void headStepped(int step, int steps, double loss) {
            before("head alone", step, steps, loss);
        }

        /** Shows steps before the epochs, with a line for the last one and, without a bar, for some that take long. */
        private void before(String what, int step, int steps, double loss) {
            advance(title + " " + what.replace(" alone", ""), step, steps, loss);
            if (step == steps) {
                close();
                bar = null;
                print("%s, %d steps  loss %.4f", what, steps, loss);
            } else if (!withBar && clock.getAsLong() - saidBefore >= PAUSE) {
                saidBefore = clock.getAsLong();
                print("%s, step %d/%d  loss %.4f", what, step, steps, loss);
            }
        }

        @Override
        public void stepped(int step, int steps, double loss) {
            advance(title, step, steps, loss);
        }

        private void advance(String task, int step, int steps, double loss) {
            if (!withBar) {
                return;
            }
            if (bar == null) {
                bar = new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(steps)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(new DelegatingProgressBarConsumer(text -> draw("\r" + text), WIDTH))
                        .build();
            }
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f", loss));
            bar.stepTo(step);
        }

        @Override
        public void evaluated(EvaluationResult result, boolean best) {
            String metrics = result.metrics().entrySet().stream()
                    .map(metric -> String.format(Locale.ROOT, "  %s %.4f", metric.getKey(), metric.getValue()))
                    .collect(Collectors.joining());
            print(
                    "epoch %d/%d  loss %.4f%s  %.1f s%s",
                    result.epoch(), planned, result.loss(), metrics, result.seconds(), best ? "  best" : "");
        }

        @Override
        public void stoppedEarly(EvaluationResult last, int patience) {
            print("stopped early, no better result in %d evaluations", patience);
        }

        private void print(String format, Object... values) {
            String line = String.format(Locale.ROOT, "%-16s %s%n", title, String.format(Locale.ROOT, format, values));
            draw(withBar ? CLEARED + line : line);
        }

        /** Prints text; the bar calls this, also from its own thread. */
        private void draw(String text) {
            synchronized (out) {
                out.print(text);
                out.flush();
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
                draw(CLEARED);
            }
        }
    }
}
