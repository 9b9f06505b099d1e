package org.lsradapt.report.internal.suite;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The score of a cell's result by its primary metric. */
enum SuiteScore {
    /** On the evaluation examples, where held-out training examples have chosen. */
    MEASURED("measured", "Evaluation examples", CellResult::measured),
    /** Of the best evaluation on held-out training examples. */
    HELD_OUT("held_out", "Held-out training examples", CellResult::best),
    /** Of the best evaluation on the evaluation examples. */
    BEST("best", "Best evaluation", CellResult::best),
    /** Of the last evaluation on the evaluation examples. */
    LAST("last", "Last evaluation", CellResult::last);

    private final String column;
    private final String title;
    private final ToDoubleFunction<CellResult> value;

    SuiteScore(String column, String title, ToDoubleFunction<CellResult> value) {
        this.column = column;
        this.title = title;
        this.value = value;
    }

    /** The scores of a suite, the one that counts first. */
    static List<SuiteScore> of(boolean heldOut) {
        return heldOut ? List.of(MEASURED, HELD_OUT) : List.of(BEST, LAST);
    }

    /** For names of columns. */
    String column() {
        return column;
    }

    /** For headings. */
    String title() {
        return title;
    }

    double of(CellResult result) {
        return value.applyAsDouble(result);
    }
}
