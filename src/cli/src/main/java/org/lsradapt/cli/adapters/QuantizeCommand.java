package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.AdapterReduction;
import org.lsradapt.lsr.numerics.AdapterRounding;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.UpdateCondition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "quantize",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfFiles.class,
        description = "Stores a saved adapter's factors in fewer bits, without training. Reports the errors of the"
                + " updates with their expected and largest possible values, and the metrics on the adapter's task.")
public final class QuantizeCommand extends ReplaceCommand {

    @Option(
            names = "--to",
            split = ",",
            paramLabel = "FORMAT",
            description = "fp16, bf16, int8, int4; without --out also fp8-e4m3, fp8-e5m2. Default: ${DEFAULT-VALUE}.")
    private List<String> formats = List.of("fp16", "bf16", "int8", "int4");

    @Option(names = "--layers", description = "Also show each layer.")
    private boolean layers;

    @Override
    String complaint(SavedAdapter saved) {
        List<LsrConfig> configs = saved.configs();
        return configs.isEmpty() ? "has no adapters, only a head" : null;
    }

    @Override
    void check(boolean saves) {
        for (String format : formats) {
            Precision precision = Precision.named(format);
            if (saves) {
                AdapterFolder.requireStorage(precision);
            }
        }
    }

    @Override
    List<String> columns() {
        return List.of("format", "bytes", "mean error", "largest error", "expected", "error/expected", "error/bound");
    }

    @Override
    List<String> before(AdapterSet saved) {
        return List.of("fp32 as trained", number("%,d", bytes(saved, Precision.FP32)), "0", "0", "", "", "");
    }

    @Override
    void replace(AdapterSet saved, Trial trial) throws IOException {
        List<UpdateCondition> conditions = UpdateCondition.ofAll(saved);
        for (String format : formats) {
            Precision precision = Precision.named(format);
            AdapterSet rounded = AdapterRounding.of(saved, precision);
            rounded.parameters().forEach(one -> Require.finite("--to " + format, one.name(), one.value()));
            double expected = 0;
            double overExpected = 0;
            double overBound = 0;
            for (UpdateCondition layer : conditions) {
                double error = AdapterReduction.relativeError(
                        saved.lsrAdapter(layer.layer()), rounded.lsrAdapter(layer.layer()));
                double norm = layer.update().normF();
                expected = Math.max(expected, layer.relativeError(precision));
                overExpected = Math.max(overExpected, error / layer.relativeError(precision));
                overBound = Math.max(overBound, error * norm / layer.worstCaseError(precision));
                if (layers) {
                    trial.note(String.format(
                            Locale.ROOT,
                            "%-9s %s: error %.2e, expected %.2e, bound %.2e",
                            precision.label(),
                            layer.layer(),
                            error,
                            layer.relativeError(precision),
                            layer.worstCaseError(precision) / norm));
                }
            }
            List<String> row = new ArrayList<>(List.of(precision.label(), number("%,d", bytes(saved, precision))));
            row.addAll(errors(saved, rounded));
            row.addAll(List.of(number("%.4f", expected), number("%.2f", overExpected), number("%.2f", overBound)));
            trial.show(precision.label(), row, rounded, saved, precision);
        }
    }

    private static long bytes(AdapterSet adapters, Precision precision) {
        long bytes = 0;
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            bytes += bytes(adapter.a(), precision) + bytes(adapter.b(), precision);
        }
        return bytes;
    }

    private static long bytes(KroneckerSum sum, Precision precision) {
        long bits = sum.termWeights() == null ? 0 : 32L * sum.separationRank();
        for (var factor : sum.factors()) {
            bits += factor.length() * precision.bits() + (precision.isScaled() ? 32L * sum.separationRank() : 0);
        }
        return (bits + 7) / 8;
    }
}
