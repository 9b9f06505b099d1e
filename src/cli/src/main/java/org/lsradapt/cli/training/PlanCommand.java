package org.lsradapt.cli.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.FactorSizesConverter;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.planning.Budget;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.lsr.planning.LayerShape;
import org.lsradapt.lsr.planning.Plan;
import org.lsradapt.lsr.planning.Planner;
import org.lsradapt.lsr.planning.SumShape;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.internal.TextTable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        sortOptions = false,
        description =
                "Lists the methods that were measured within a budget of trainable parameters, the best first, and"
                        + " LSR's ranks and factor sizes within it, and recommends one of these. Trains nothing.")
public final class PlanCommand extends ConsoleCommand {
    /** The maximum width of a layer; the time of a plan grows with the width. */
    private static final int WIDEST = 1 << 17;

    private static final int MOST_MEASURED = 5;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model to adapt, as in finetune. Default: minilm.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(names = "--targets", paramLabel = "NAMES", description = Targets.DESCRIPTION)
    private String targets;

    @Option(
            names = "--layer",
            paramLabel = "INxOUT",
            converter = FactorSizesConverter.class,
            description = "A layer to adapt, such as 768x3072, instead of a model's; repeatable.")
    private List<FactorSizesConverter.Sizes> layers = List.of();

    @Option(names = "--each", description = "Plan each distinct layer separately and print a recommendation for each.")
    private boolean each;

    @ArgGroup(multiplicity = "1")
    private BudgetOption budget;

    @Option(
            names = "--max-cost",
            paramLabel = "PART",
            description = "Maximum multiply-adds per token of the adapters, relative to the frozen layers'."
                    + " Default: ${DEFAULT-VALUE}.")
    private double largestCost = Planner.standard().largestCost();

    @Option(
            names = "--factors",
            split = ",",
            paramLabel = "D",
            description = "Numbers of Kronecker factors to try. Default: ${DEFAULT-VALUE}.")
    private List<Integer> factors = Planner.standard().factorCounts();

    @Option(names = "--top", paramLabel = "N", description = "Candidates to print. Default: ${DEFAULT-VALUE}.")
    private int top = 10;

    @Mixin
    private PlanMemory memory;

    @Option(names = "--markdown", description = "Print the table as Markdown.")
    private boolean markdown;

    /** Exactly one of these options is required. */
    static final class BudgetOption {
        @Option(
                names = "--budget",
                required = true,
                paramLabel = "N",
                description = "Trainable parameters of all adapters.")
        private Long total;

        @Option(
                names = "--budget-per-layer",
                required = true,
                paramLabel = "N",
                description = "Trainable parameters of each adapter.")
        private Long perLayer;

        @Option(
                names = "--budget-lora-r",
                required = true,
                paramLabel = "R",
                description = "Trainable parameters of LoRA with this rank.")
        private Integer loraRank;

        private Budget budget() {
            return total != null
                    ? Budget.total(total)
                    : perLayer != null ? Budget.perLayer(perLayer) : Budget.ofLora(loraRank);
        }
    }

    private Optional<PlanMemory.Base> base = Optional.empty();

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(top < 1, "--top " + top + ": expected >= 1");
        BadInput.throwIf(
                !layers.isEmpty() && (model != null || targets != null),
                "--layer replaces a model, expected no --model or --targets");
        BadInput.throwIf(
                memory.isGiven() && (!layers.isEmpty() || each),
                "--batch, --length, --pairs, --chunk, --dropout and --base-precision describe the memory"
                        + " of training a model, expected no --layer or --each");
        Planner planner = new Planner(largestCost, factors);
        Budget limit = budget.budget();
        List<LayerShape> shapes = layers.isEmpty() ? ofModel(Targets.selector(targets)) : this.given();
        if (each) {
            each(planner, shapes, limit);
        } else {
            all(planner.plan(shapes, limit));
        }
    }

    private List<LayerShape> ofModel(Optional<LayerSelector> selector) throws IOException {
        Backends.standard();
        try (BaseModel loaded = BaseModel.load(model == null ? FinetuneCommand.MODEL : model)) {
            List<FrozenLinear> layers = loaded.linearLayers();
            double bytes =
                    layers.stream().mapToLong(layer -> layer.weight().bytes()).sum();
            double weights = layers.stream()
                    .mapToDouble(layer -> 1.0 * layer.inFeatures() * layer.outFeatures())
                    .sum();
            base = Optional.of(new PlanMemory.Base(
                    loaded.model(),
                    memory.isOfPairs() ? Optional.of(loaded.embeddingSettings()) : Optional.empty(),
                    bytes / weights));
            return selector
                    .orElseGet(loaded::queryAndValue)
                    .select(layers, memory.isOfPairs() ? loaded.encoderLayers() : layers)
                    .stream()
                    .map(LayerShape::of)
                    .toList();
        }
    }

    private List<LayerShape> given() {
        List<LayerShape> shapes = new ArrayList<>();
        for (FactorSizesConverter.Sizes sizes : layers) {
            BadInput.throwIf(
                    sizes.values().size() != 2,
                    "--layer " + sizes + ": expected an input and an output width, such as 768x3072");
            BadInput.throwIf(
                    sizes.values().stream().anyMatch(width -> width > WIDEST),
                    "--layer " + sizes + ": expected widths of at most " + WIDEST);
            shapes.add(new LayerShape(
                    sizes.toString(), sizes.values().get(0), sizes.values().get(1)));
        }
        return shapes;
    }

    private void all(Plan plan) throws IOException {
        List<Candidate> shown =
                new ArrayList<>(plan.candidates().stream().limit(top).toList());
        if (!shown.contains(plan.recommended())) {
            shown.add(plan.recommended());
        }
        measured(plan);
        TextTable table = table(4, List.of("", "in", "r split", "out"));
        for (Candidate candidate : shown) {
            LayerShape first = candidate.layers().get(0);
            boolean sameIn = candidate.layers().stream().allMatch(layer -> layer.in() == first.in());
            boolean sameOut = candidate.layers().stream().allMatch(layer -> layer.out() == first.out());
            List<String> names = List.of(
                    candidate.equals(plan.recommended()) ? "*" : "",
                    sameIn ? sizes(candidate.config().inFactors(first.in())) : "balanced",
                    sizes(candidate.config().resolvedRankFactors()),
                    sameOut ? sizes(candidate.config().outFactors(first.out())) : "balanced");
            table.add(row(names, candidate));
        }
        print(
                "%d layers, %s: %,d candidates%n",
                plan.recommended().layers().size(),
                plan.budget(),
                plan.candidates().size());
        print(table);
        out().println();
        base.ifPresent(known -> {
            print("%s%n", memory.heading(known));
            print(memory.table(known, plan.recommended()));
            out().println();
        });
        precision(plan.recommended());
        out().println("* recommended: " + options(plan.recommended()));
    }

    /** Prints the measured accuracies of methods up to this size, the best of any kind first. */
    private void measured(Plan plan) throws IOException {
        double ofLora = plan.budget().relativeToLora(plan.recommended().layers());
        List<MeasuredMethod> best = MeasuredMethod.best(ofLora);
        if (best.isEmpty()) {
            print("accuracy was not measured with %.2f times the parameters of LoRA r 1%n%n", ofLora);
            return;
        }
        TextTable table = new TextTable(1, List.of("", "numbers", "accuracy", "+-"));
        best.stream()
                .limit(MOST_MEASURED)
                .forEach(method -> table.add(List.of(
                        method.name(),
                        format("%,d", method.parameters()),
                        format("%.3f", method.accuracy()),
                        format("%.3f", method.deviation()))));
        print(
                "accuracy measured with at most %.2f times the parameters of LoRA r 1"
                        + " (WordNet, MiniLM's query and value, 3 seeds):%n",
                ofLora);
        print(table);
        print("%nbest of these: finetune --methods %s%n", best.get(0).options());
    }

    private void each(Planner planner, List<LayerShape> shapes, Budget limit) throws IOException {
        TextTable table = table(4, List.of("layer", "in", "r split", "out"));
        Set<List<Integer>> seen = new LinkedHashSet<>();
        for (LayerShape shape : shapes) {
            if (seen.add(List.of(shape.in(), shape.out()))) {
                Candidate candidate = planner.plan(List.of(shape), limit).recommended();
                table.add(row(
                        List.of(
                                shape.in() + "x" + shape.out(),
                                sizes(candidate.config().inFactors(shape.in())),
                                sizes(candidate.config().resolvedRankFactors()),
                                sizes(candidate.config().outFactors(shape.out()))),
                        candidate));
            }
        }
        print(table);
    }

    private static TextTable table(int names, List<String> first) {
        List<String> header = new ArrayList<>(first);
        header.addAll(List.of("r", "s", "numbers", "free", "rank", "cost/token", "build/step", "MB"));
        return new TextTable(names, header);
    }

    private static List<String> row(List<String> names, Candidate candidate) {
        List<String> row = new ArrayList<>(names);
        row.add(Integer.toString(candidate.config().bottleneckRank()));
        row.add(Integer.toString(candidate.config().separationRank()));
        row.add(format("%,d", candidate.parameters()));
        row.add(format("%,d", candidate.freeNumbers()));
        row.add(Integer.toString(candidate.layers().stream()
                .mapToInt(candidate::reachableRank)
                .min()
                .orElseThrow()));
        row.add(format("%.1f %%", 100 * candidate.relativeCost()));
        row.add(format("%,d", candidate.materializationCost()));
        row.add(format("%.2f", candidate.trainingBytes() / 1e6));
        return row;
    }

    private void print(TextTable table) {
        out().print(markdown ? table.toMarkdown() : table.toText());
    }

    private void precision(Candidate candidate) {
        SumShape a = candidate.a(candidate.layers().get(0));
        List<String> parts = new ArrayList<>();
        for (Precision precision : Precision.floatingPoint()) {
            parts.add(format(
                    "%s %.1e (%.1e)", precision, a.roundingError(precision, 1), a.worstRoundingError(precision, 1)));
        }
        out().println("relative error of A with its factors in (worst case): " + String.join(", ", parts));
    }

    private String options(Candidate candidate) {
        List<String> parts = new ArrayList<>(List.of("finetune"));
        if (layers.isEmpty()) {
            parts.addAll(List.of("--model", model == null ? FinetuneCommand.MODEL : model));
            if (targets != null) {
                parts.addAll(List.of("--targets", targets));
            }
        }
        parts.addAll(MethodOptions.of(candidate.config()));
        return String.join(" ", parts);
    }

    private static String sizes(List<Integer> sizes) {
        return new FactorSizesConverter.Sizes(sizes).toString();
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
