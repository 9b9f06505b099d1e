package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.UpdateCondition;

/**
 * The condition of a model's adapted layers, one row each: γ of A and of B, ‖ΔW‖_F, κ₂, and for each precision of the
 * factors the relative error of ΔW that γ·μ predicts.
 */
public final class ConditionTable {

    private ConditionTable() {}

    /** Creates the table with layers in the order of the rows, such as {@link UpdateCondition#worstFirst}. */
    public static TextTable of(List<UpdateCondition> layers) {
        List<String> header = new ArrayList<>(List.of("layer", "γ A", "γ B", "‖ΔW‖", "κ₂"));
        for (Precision precision : Precision.values()) {
            header.add(precision.label());
        }
        TextTable table = new TextTable(1, header);
        for (UpdateCondition layer : layers) {
            List<String> row = new ArrayList<>(List.of(
                    layer.layer(),
                    gamma(layer.a().value()),
                    gamma(layer.b().value()),
                    String.format(Locale.ROOT, "%.4f", layer.update().normF()),
                    String.format(Locale.ROOT, "%.1f", layer.update().conditionNumber())));
            for (Precision precision : Precision.values()) {
                row.add(String.format(Locale.ROOT, "%.1e", layer.relativeError(precision)));
            }
            table.add(row);
        }
        return table;
    }

    private static String gamma(double value) {
        return String.format(Locale.ROOT, value < 1000 ? "%.3f" : "%.2e", value);
    }
}
