package org.lsradapt.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;

/**
 * Shows how one method's training goes: a line per evaluation, and below the last a bar with loss and time left where
 * somebody looks on.
 */
final class Progress implements TrainingListener, AutoCloseable {

    /** The bar never takes more, so that it does not break in the usual terminal of 80 columns. */
    private static final int WIDTH = 79;

    private final PrintStream out;
    private final String title;
    private final int epochs;
    private final boolean withBar;
    private ProgressBar bar;

    /**
     * Shows a training.
     *
     * @param out where to
     * @param title method and seed
     * @param epochs how many epochs there will be
     * @param withBar whether to draw a bar
     */
    Progress(PrintStream out, String title, int epochs, boolean withBar) {
        this.out = out;
        this.title = title;
        this.epochs = epochs;
        this.withBar = withBar;
    }

    @Override
    public void stepped(int step, int steps, double loss) {
        if (!withBar) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(title)
                    .setInitialMax(steps)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new DelegatingProgressBarConsumer(this::draw, WIDTH))
                    .build();
        }
        bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f", loss));
        bar.stepTo(step);
    }

    @Override
    public void evaluated(EvaluationResult result, boolean best) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT, "%-16s epoch %d/%d  loss %.4f", title, result.epoch(), epochs, result.loss()));
        for (Map.Entry<String, Double> metric : result.metrics().entrySet()) {
            line.append(String.format(Locale.ROOT, "  %s %.4f", metric.getKey(), metric.getValue()));
        }
        line.append(String.format(Locale.ROOT, "  %.1f s", result.seconds())).append(best ? "  best" : "");
        synchronized (out) {
            clear();
            out.println(line);
            out.flush();
        }
    }

    /** Called by the bar, also from a thread of its own. */
    private void draw(String text) {
        synchronized (out) {
            out.print("\r" + text);
            out.flush();
        }
    }

    private void clear() {
        if (withBar) {
            out.print("\r" + " ".repeat(WIDTH) + "\r");
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            synchronized (out) {
                clear();
                out.flush();
            }
        }
    }
}
