package org.lsradapt.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.planning.Budget;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.lsr.planning.LayerShape;
import org.lsradapt.lsr.planning.Plan;
import org.lsradapt.lsr.planning.Planner;
import org.lsradapt.lsr.planning.SumShape;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.report.internal.TextTable;
import org.lsradapt.transformer.parts.Transformer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code plan}. */
@Command(
        name = "plan",
        sortOptions = false,
        description =
                "Lists the ranks and factor sizes that fit into a budget of trainable parameters, those with the most"
                        + " free numbers first, and recommends one. Trains nothing.")
final class PlanCommand implements Callable<Integer> {
    /** No layer is wider; a plan takes time by the width. */
    private static final int WIDEST = 1 << 17;

    private final Console console;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model whose layers to adapt, as of finetune. Default: minilm.")
    private String model;

    @Option(names = "--targets", paramLabel = "NAMES", description = Targets.DESCRIPTION)
    private String targets;

    @Option(
            names = "--layer",
            paramLabel = "INxOUT",
            converter = FactorSizesConverter.class,
            description = "A layer to adapt, such as 768x3072, in place of a model's; may be given many times.")
    private List<FactorSizesConverter.Sizes> layers = List.of();

    @Option(names = "--each", description = "Plan each different layer on its own; print what is recommended for each.")
    private boolean each;

    @ArgGroup(multiplicity = "1")
    private BudgetOption budget;

    @Option(
            names = "--max-cost",
            paramLabel = "PART",
            description = "The most multiply-adds per token that adapters may add, relative to the frozen layers'."
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

    /** One of them. */
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
                description = "As many as LoRA of this rank has.")
        private Integer loraRank;

        private Budget budget() {
            return total != null
                    ? Budget.total(total)
                    : perLayer != null ? Budget.perLayer(perLayer) : Budget.ofLora(loraRank);
        }
    }

    private Transformer described;
    private Optional<EmbeddingSettings> embedding = Optional.empty();

    /** Bytes per weight of its linear layers. */
    private double weightBytes;

    PlanCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (top < 1) {
            throw new BadInput("--top " + top + ": expected >= 1");
        }
        if (!layers.isEmpty() && (model != null || targets != null)) {
            throw new BadInput("--layer stands for itself, expected no --model or --targets beside it");
        }
        List<LayerShape> shapes = layers.isEmpty() ? ofModel() : BadInput.in(this::given);
        if (memory.isGiven() && (!layers.isEmpty() || each)) {
            throw new BadInput(
                    "--batch, --length, --pairs, --chunk, --dropout and --base-precision are of the memory of a model's training,"
                            + " expected no --layer or --each beside them");
        }
        Planner planner = BadInput.in(() -> new Planner(largestCost, factors));
        Budget limit = BadInput.in(budget::budget);
        if (each) {
            each(planner, shapes, limit);
        } else {
            all(BadInput.in(() -> planner.plan(shapes, limit)));
        }
        return 0;
    }

    private List<LayerShape> ofModel() throws IOException {
        BadInput.in(Backends::standard);
        String name = model == null ? FinetuneCommand.MODEL : model;
        try (BaseModel base = BadInput.in(() -> BaseModel.load(name))) {
            described = base.model();
            if (memory.isOfPairs()) {
                embedding = Optional.of(base.embeddingSettings());
            }
            weightBytes = base.linearLayers().stream()
                            .mapToLong(l -> l.weight().bytes())
                            .sum()
                    / base.linearLayers().stream()
                            .mapToDouble(l -> (double) l.inFeatures() * l.outFeatures())
                            .sum();
            return BadInput.in(() -> Targets.selector(targets)
                            .orElseGet(base::queryAndValue)
                            .select(
                                    base.linearLayers(),
                                    memory.isOfPairs() ? base.encoderLayers() : base.linearLayers()))
                    .stream()
                    .map(LayerShape::of)
                    .toList();
        }
    }

    private List<LayerShape> given() {
        List<LayerShape> shapes = new ArrayList<>();
        for (FactorSizesConverter.Sizes sizes : layers) {
            if (sizes.values().size() != 2) {
                throw new BadInput("--layer " + sizes + ": expected an input and an output width, such as 768x3072");
            }
            if (sizes.values().stream().anyMatch(width -> width > WIDEST)) {
                throw new BadInput("--layer " + sizes + ": expected widths of at most " + WIDEST);
            }
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
        console.out()
                .printf(
                        Locale.ROOT,
                        "%d layers, %s: %,d candidates%n%n",
                        plan.recommended().layers().size(),
                        plan.budget(),
                        plan.candidates().size());
        print(table);
        console.out().println();
        if (described != null) {
            console.out()
                    .println(BadInput.in(
                            () -> memory.text(described, embedding, weightBytes, plan.recommended(), markdown)));
        }
        precision(plan.recommended());
        console.out().println("* recommended: " + options(plan.recommended()));
    }

    private void each(Planner planner, List<LayerShape> shapes, Budget limit) throws IOException {
        TextTable table = table(4, List.of("layer", "in", "r split", "out"));
        Set<List<Integer>> seen = new LinkedHashSet<>();
        for (LayerShape shape : shapes) {
            if (seen.add(List.of(shape.in(), shape.out()))) {
                Candidate candidate =
                        BadInput.in(() -> planner.plan(List.of(shape), limit)).recommended();
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
        console.out().print(markdown ? table.toMarkdown() : table.toText());
    }

    private void precision(Candidate candidate) {
        SumShape a = candidate.a(candidate.layers().get(0));
        List<String> parts = new ArrayList<>();
        for (Precision precision : Precision.floatingPoint()) {
            parts.add(format(
                    "%s %.1e (%.1e)", precision, a.roundingError(precision, 1), a.worstRoundingError(precision, 1)));
        }
        console.out().println("error of A, relative, with its factors in (at worst): " + String.join(", ", parts));
    }

    /** What to give to finetune. */
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
