package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.FactorOptions;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.LoraConversion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "convert",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfFiles.class,
        description = "Converts a saved LoRA adapter to Kronecker sums, without training. Reports the parameters"
                + " relative to LoRA's, the errors of the updates with A and B as they are (G = I) and with the best"
                + " A*G and B/G found, and the metrics on the adapter's task.")
public final class ConvertCommand extends ReplaceCommand {

    @Option(names = "--s", split = ",", paramLabel = "S", description = "Numbers of terms. Default: ${DEFAULT-VALUE}.")
    private List<Integer> terms = List.of(4, 8, 16, 32);

    @Option(names = "--r", split = ",", paramLabel = "R", description = "Bottleneck ranks. Default: the adapter's.")
    private List<Integer> ranks = List.of();

    @Mixin
    private FactorOptions factorSizes = new FactorOptions();

    @Override
    String complaint(SavedAdapter saved) {
        List<LsrConfig> configs = saved.configs();
        return configs.isEmpty() || !configs.stream().allMatch(LsrConfig::isLora)
                ? "is not a LoRA adapter, expected one of method lora"
                : null;
    }

    @Override
    List<String> columns() {
        return List.of("r", "s", "adapters", "of LoRA's", "G=I mean", "G=I largest", "mean error", "largest error");
    }

    @Override
    List<String> before(AdapterSet saved) {
        return List.of(
                Integer.toString(rank(saved)), "LoRA", number("%,d", saved.parameterCount()), "100 %", "", "", "", "");
    }

    @Override
    void replace(AdapterSet saved, Trial trial) throws IOException {
        for (int r : ranks.isEmpty() ? List.of(rank(saved)) : ranks) {
            for (int s : terms) {
                LoraConversion.Converted converted =
                        LoraConversion.of(saved, config(r, s), LoraConversion.Settings.DEFAULTS);
                AdapterSet adapters = converted.adapters();
                if (adapters.parameterCount() >= saved.parameterCount()) {
                    trial.note("r " + r + ", s " + s + ": no fewer parameters than LoRA's, nothing is saved");
                }
                trial.show(ranks.size() > 1 ? "r" + r + "-s" + s : "s" + s, row(r, s, saved, converted), adapters);
            }
        }
    }

    private static int rank(AdapterSet saved) {
        return saved.lsrAdapters().stream()
                .mapToInt(adapter -> adapter.config().bottleneckRank())
                .max()
                .orElseThrow();
    }

    private LsrConfig config(int r, int s) {
        return factorSizes
                .builder()
                .bottleneckRank(r)
                .separationRank(s)
                .alpha(1)
                .build();
    }

    private static List<String> row(int r, int s, AdapterSet saved, LoraConversion.Converted converted) {
        long numbers = converted.adapters().parameterCount();
        double share = 100.0 * numbers / saved.parameterCount();
        List<Double> plain =
                converted.conversions().stream().map(LoraConversion::plainError).toList();
        List<String> row = new ArrayList<>(
                List.of(Integer.toString(r), Integer.toString(s), number("%,d", numbers), number("%.0f %%", share)));
        row.addAll(r < rank(saved) ? List.of("-", "-") : errors(plain));
        row.addAll(errors(saved, converted.adapters()));
        return row;
    }
}
