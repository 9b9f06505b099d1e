package org.lsradapt.tasks.ordinal;

import java.nio.file.Path;
import java.util.List;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Table;

/**
 * Texts with ordered classes. Labels that are numbers are ordered by value; others need their order, {@code classes}.
 *
 * <pre>{@code
 * LabelledData stars = OrdinalData.of(Path.of("reviews.csv")).text("review").label("stars").read();
 * LabelledData tickets = OrdinalData.of(texts).classes(List.of("low", "mid", "high")).read();
 * }</pre>
 */
public final class OrdinalData {
    static final String NAME = "ordinal";

    private static final LabelledData.Kind KIND =
            new LabelledData.Kind(NAME, true, classes -> OrdinalMetrics.ALL, OrdinalLabels::requireNumbers);

    private OrdinalData() {}

    /** Reads texts from the rows of a file. */
    public static LabelledData.FromFiles of(Path train) {
        return new LabelledData.FromFiles(KIND, Table.of(train));
    }

    /** Reads ordered classes from the rows of a table, such as the result of a query. */
    public static LabelledData.FromFiles of(Table train) {
        return new LabelledData.FromFiles(KIND, train);
    }

    /** Takes texts in memory; the list is copied. */
    public static LabelledData.FromLists of(List<LabelledText> train) {
        return new LabelledData.FromLists(KIND, train);
    }
}
