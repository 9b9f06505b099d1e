package org.lsradapt.report;

import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.numerics.Precision;

/** The condition numbers of adapted layers, a row for A and a row for B of each. */
final class ConditionTable {

    private ConditionTable() {}

    static TextTable of(List<LayerReport> layers) {
        TextTable table = new TextTable(2, List.of("layer", "", "γ", "norm", "FP32", "FP16", "BF16"));
        for (LayerReport layer : layers) {
            table.add(row(layer.name(), "A", layer.a().condition()));
            table.add(row("", "B", layer.b().condition()));
        }
        return table;
    }

    private static List<String> row(String layer, String side, ConditionNumber condition) {
        return List.of(
                layer,
                side,
                String.format(Locale.ROOT, "%.3f", condition.value()),
                String.format(Locale.ROOT, "%.4f", condition.normF()),
                error(condition, Precision.FP32),
                error(condition, Precision.FP16),
                error(condition, Precision.BF16));
    }

    private static String error(ConditionNumber condition, Precision precision) {
        return String.format(Locale.ROOT, "%.1e", condition.smallestError(precision));
    }
}
