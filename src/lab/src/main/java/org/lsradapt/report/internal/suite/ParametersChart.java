package org.lsradapt.report.internal.suite;

import java.util.List;
import java.util.Locale;
import org.lsradapt.report.internal.Chart;
import org.lsradapt.report.internal.Spread;

/**
 * A score over the number of the adapters' parameters on a logarithmic axis: one point per method, with bars of one
 * standard deviation. A method without adapter parameters is a horizontal line. Vertical lines show the parameters of LoRA
 * of rank 1, the fewest that LoRA can have.
 */
final class ParametersChart {
    private final Chart chart;

    ParametersChart(String title, String score) {
        chart = new Chart(title, "parameters of the adapters", score).withLogarithmicX();
    }

    void add(String method, long parameters, Spread score) {
        if (parameters == 0) {
            chart.level(method, score.mean());
        } else {
            chart.point(method, (double) parameters, score);
        }
    }

    Chart withFloors(List<Long> floors) {
        floors.forEach(floor -> chart.mark(String.format(Locale.ROOT, "LoRA r = 1: %,d", floor), (double) floor));
        return chart;
    }
}
