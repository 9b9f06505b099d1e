package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.AdapterReduction;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.shared.SharedAdapter;
import org.lsradapt.lsr.shared.SharedConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "reduce",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfFiles.class,
        description = "Reduces a saved adapter to fewer Kronecker terms, without training: replaces each A and B by"
                + " the nearest sum. Reports the errors of the updates and the metrics on the adapter's task.")
public final class ReduceCommand extends ReplaceCommand {

    @Option(names = "--s", split = ",", paramLabel = "S", description = "Numbers of terms. Default: ${DEFAULT-VALUE}.")
    private List<Integer> terms = List.of(16, 8, 4, 2);

    @Override
    String complaint(SavedAdapter saved) {
        if (!saved.layerNames().isEmpty()
                && saved.layerNames().stream().map(saved::config).allMatch(SharedConfig.class::isInstance)) {
            return null;
        }
        return saved.configs().stream().allMatch(LsrConfig::isLora)
                ? "has no Kronecker terms, expected an adapter of method lsr"
                : null;
    }

    @Override
    List<String> columns() {
        return List.of("s", "adapters", "mean error", "largest error", "largest γ");
    }

    @Override
    List<String> before(AdapterSet saved) {
        int most = sums(saved).mapToInt(KroneckerSum::separationRank).max().orElseThrow();
        return row(most + " as trained", saved, saved);
    }

    @Override
    void replace(AdapterSet saved, Trial trial) throws IOException {
        for (int s : terms) {
            AdapterSet reduced = AdapterReduction.of(saved, s);
            trial.show("s" + s, row(Integer.toString(s), saved, reduced), reduced);
        }
    }

    private static List<String> row(String title, AdapterSet exact, AdapterSet reduced) {
        double worst = sums(reduced)
                .mapToDouble(sum -> ConditionNumber.of(sum).value())
                .max()
                .orElseThrow();
        List<String> row = new ArrayList<>(List.of(title, number("%,d", reduced.parameterCount())));
        row.addAll(errors(exact, reduced));
        row.add(number("%.3f", worst));
        return row;
    }

    /** A and B of each layer, or over all layers that share factors. */
    private static Stream<KroneckerSum> sums(AdapterSet set) {
        return set.adapters().stream().flatMap(adapter -> {
            if (adapter instanceof SharedAdapter shared) {
                return shared.isFirst() ? shared.representations().stream() : Stream.empty();
            }
            LsrAdapter lsr = set.lsrAdapter(adapter.name());
            return Stream.of(lsr.a(), lsr.b());
        });
    }
}
