package org.lsradapt.report.internal.suite;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsradapt.report.internal.Spread;

/** A score of a cell's result, from its primary metric. */
enum SuiteScore {
    /** On the evaluation examples, if held-out training examples chose the best evaluation. */
    MEASURED("measured", "Evaluation examples", CellResult::measured),
    HELD_OUT("held_out", "Held-out training examples", CellResult::best),
    BEST("best", "Best evaluation", CellResult::best),
    LAST("last", "Last evaluation", CellResult::last);

    private final String column;
    private final String title;
    private final ToDoubleFunction<CellResult> value;

    SuiteScore(String column, String title, ToDoubleFunction<CellResult> value) {
        this.column = column;
        this.title = title;
        this.value = value;
    }

    /** Returns the scores of a suite; the first one is decisive. */
    static List<SuiteScore> of(boolean heldOut) {
        return heldOut ? List.of(MEASURED, HELD_OUT) : List.of(BEST, LAST);
    }

    String column() {
        return column;
    }

    String title() {
        return title;
    }

    double of(CellResult result) {
        return value.applyAsDouble(result);
    }

    Spread spread(List<CellResult> results) {
        return Spread.of(results.stream().map(this::of).toList());
    }
}
