package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.internal.ConditionCharts;
import org.lsradapt.report.internal.ConditionTable;
import org.lsradapt.report.internal.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "inspect",
        sortOptions = false,
        description = "Describes a saved adapter: shapes, trainable parameters, scaling, and per layer the "
                + "condition numbers of A and B and the norm, condition number and effective rank of the "
                + "update. Does not need the base model.")
public final class InspectCommand extends ConsoleCommand {

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--picture",
            paramLabel = "FILE",
            description = "Draw the layers' condition numbers as an SVG file.")
    @Names(Names.Use.NEW_FILE)
    private Path picture;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Override
    protected void execute() throws IOException {
        Backends.standard();
        try (SavedAdapter saved = adapter.load()) {
            PrintStream out = out();
            List<AdapterConfig> configs =
                    saved.layerNames().stream().map(saved::config).distinct().toList();
            boolean lsr = configs.stream().allMatch(LsrConfig.class::isInstance);
            BadInput.throwIf(
                    picture != null && !lsr,
                    "--picture: " + adapter + " has adapters of " + method(configs)
                            + ", expected LSR or LoRA, whose condition it shows");
            card(saved, method(configs)).forEach(line -> out.println(ControlCharacters.escaped(line)));
            if (!configs.isEmpty() && lsr) {
                lsr(saved);
            } else if (!configs.isEmpty()) {
                configs.forEach(config -> config.settings().forEach((name, value) -> out.println(name + ": " + value)));
                out.println();
                out.print(parameters(saved).toText());
                if (configs.stream().anyMatch(SharedConfig.class::isInstance)) {
                    out.println();
                    out.println("condition over layers, rows and columns");
                    out.print(SharedTable.of(saved).toText());
                }
            }
            out.println();
            print(
                    "adapters %,d + head %,d = %,d trainable parameters",
                    saved.adapterParameterCount(),
                    saved.headParameterCount(),
                    saved.adapterParameterCount() + saved.headParameterCount());
        }
    }

    private void lsr(SavedAdapter saved) throws IOException {
        PrintStream out = out();
        saved.configs().forEach(config -> config(config).forEach(out::println));
        out.println();
        List<LayerReport> reports = reports(saved);
        out.print(layers(reports).toText());
        List<UpdateCondition> conditions = UpdateCondition.worstFirst(reports.stream()
                .map(report -> report.sums().orElseThrow().condition())
                .toList());
        out.println();
        out.println("condition, worst layer first; the columns after κ₂ are the expected relative errors of"
                + " ΔW with factors stored in each format");
        out.print(ConditionTable.of(conditions).toText());
        if (picture != null) {
            AtomicFile.write(picture, ConditionCharts.of(conditions).svg().getBytes(StandardCharsets.UTF_8));
            out.println("picture: " + picture);
        }
    }

    private static TextTable parameters(SavedAdapter saved) {
        TextTable table = new TextTable(2, List.of("parameters of a layer", "shape", "numbers"));
        for (String layer : saved.layerNames()) {
            saved.arrays(layer)
                    .forEach((name, array) -> table.add(List.of(
                            name, Arrays.toString(array.shape()), String.format(Locale.ROOT, "%,d", array.length()))));
        }
        return table;
    }

    private static List<String> card(SavedAdapter saved, String method) {
        return List.of(
                field("method", method),
                field(
                        "base model",
                        saved.card()
                                .map(card -> card.baseModel() + ", fingerprint " + card.baseFingerprint())
                                .orElse("unknown: only adapters")),
                field("task", saved.card().map(InspectCommand::task).orElse("none: no head")),
                field(
                        "written by",
                        "lsr-adapt " + saved.libraryVersion() + ", factors in "
                                + saved.storage().label()));
    }

    private static String task(AdapterCard card) {
        return card.task().name() + ", " + card.task().summary()
                + (card.task().pairs() ? ", pairs of texts" : "")
                + ", at most " + card.maxLength() + " tokens";
    }

    private static String method(List<AdapterConfig> configs) {
        if (configs.isEmpty()) {
            return "frozen, the head alone";
        }
        return configs.stream().map(AdapterConfig::label).distinct().collect(Collectors.joining(", "));
    }

    private static List<String> config(LsrConfig config) {
        String kronecker = config.isLora()
                ? ""
                : ", separation rank s " + config.separationRank() + ", factors d " + config.factorCount()
                        + (config.termWeights() ? ", with term weights" : "");
        return List.of(
                field("ranks", "r " + config.bottleneckRank() + kronecker),
                field("scaling", scaling(config)),
                field("initialization", config.initialization().label() + ", seed " + config.seed()));
    }

    /** Describes the scaling c and its formula, such as {@code 4 (= alpha 32 / r 8)}. */
    static String scaling(LsrConfig config) {
        String alpha = number(config.alpha());
        return number(config.scaling())
                + switch (config.scalingRule()) {
                    case ALPHA -> " (= alpha)";
                    case ALPHA_OVER_R -> " (= alpha " + alpha + " / r " + config.bottleneckRank() + ")";
                    case ALPHA_OVER_SQRT_R -> " (= alpha " + alpha + " / √(r " + config.bottleneckRank() + "))";
                };
    }

    /** Formats a number to six digits, without trailing zeros. */
    private static String number(double value) {
        return new BigDecimal(value)
                .round(new MathContext(6))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static TextTable layers(List<LayerReport> reports) {
        TextTable table = new TextTable(3, List.of("layer", "A", "B", "trainable", "eff. rank"));
        for (LayerReport report : reports) {
            table.add(List.of(
                    report.name(),
                    report.sums().orElseThrow().a().shape(),
                    report.sums().orElseThrow().b().shape(),
                    String.format(Locale.ROOT, "%,d", report.parameters()),
                    String.format(
                            Locale.ROOT,
                            "%.2f",
                            report.sums().orElseThrow().condition().update().effectiveRank())));
        }
        return table;
    }

    private static List<LayerReport> reports(SavedAdapter saved) {
        return saved.layers().stream()
                .map(layer -> LayerReport.of(
                        layer.name(), layer.a(), layer.b(), layer.config().scaling()))
                .toList();
    }

    private static String field(String name, String value) {
        return String.format(Locale.ROOT, "%-11s %s", name, value);
    }
}
