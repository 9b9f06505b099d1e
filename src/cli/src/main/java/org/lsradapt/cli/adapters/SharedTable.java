package org.lsradapt.cli.adapters;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.shared.SharedAdapter;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.report.internal.TextTable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The condition of sums over the layers that share Kronecker factors. */
final class SharedTable {
    private static final int TENSORS = 3;

    private final SavedAdapter saved;
    private final TextTable table =
            new TextTable(3, List.of("shared by", "sum", "shape", "γ", "norm", "largest term", "smallest term"));

    private SharedTable(SavedAdapter saved) {
        this.saved = saved;
    }

    /** Returns the table, with a row for each sum; without rows if no layers share factors. */
    static TextTable of(SavedAdapter saved) {
        SharedTable made = new SharedTable(saved);
        Map<List<Object>, List<String>> groups = new LinkedHashMap<>();
        for (String layer : saved.layerNames()) {
            if (saved.config(layer) instanceof SharedConfig config) {
                List<Object> group = new ArrayList<>(List.of(config));
                saved.arrays(layer).values().forEach(array -> group.add(Arrays.toString(array.shape())));
                groups.computeIfAbsent(group, any -> new ArrayList<>()).add(layer);
            }
        }
        groups.values().forEach(made::add);
        return made.table;
    }

    private void add(List<String> layers) {
        int arrays = saved.arrays(layers.get(0)).size();
        for (int i = 0; i < arrays; i += TENSORS) {
            int from = i;
            List<INDArray> factors = parts(layers.get(0)).subList(from, from + TENSORS - 1);
            List<INDArray> coefficients = layers.stream()
                    .map(layer -> parts(layer).get(from + TENSORS - 1))
                    .toList();
            String name = arrays == TENSORS ? "ΔW" : i == 0 ? "A" : "B";
            add(layers.size() + " layers", name, SharedAdapter.representation(factors, coefficients));
        }
    }

    private List<INDArray> parts(String layer) {
        return List.copyOf(saved.arrays(layer).values());
    }

    private void add(String group, String name, KroneckerSum sum) {
        ConditionNumber condition = ConditionNumber.of(sum);
        double[] norms = sum.termNorms();
        Arrays.sort(norms);
        table.add(List.of(
                group,
                name,
                sum.describe(),
                String.format(Locale.ROOT, "%.3f", condition.value()),
                number(condition.normF()),
                number(norms[norms.length - 1]),
                number(norms[0])));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
