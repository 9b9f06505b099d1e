package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterKinds;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.kinds.LsrKind;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.FactorOptions;
import org.lsradapt.cli.command.FactorSizesConverter;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.io.internal.Nearest;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.runs.Method;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that select the methods and configure their adapters. */
final class MethodOptions {
    private static final LsrConfig LSR = LsrConfig.defaults();
    private static final String FROZEN = "frozen";
    private static final String LORA = "lora";
    private static final String NAMED = ", or settings after the method's name, such as lsr-shared:9";

    /** Options that only LSR reads; other kinds have settings after their names. */
    private static final List<String> OF_LSR = List.of(
            "--r",
            "--s",
            "--factors",
            "--in-factors",
            "--out-factors",
            "--rank-factors",
            "--alpha",
            "--scaling",
            "--init",
            "--term-weights");

    private static final List<String> OF_LORA = List.of("--lora-r", "--lora-alpha", "--lora-lr");

    /** Options whose values come from the adapter of {@code --from}. */
    private static final List<String> SAID_BY_ADAPTER = Stream.concat(
                    Stream.of("--methods", "--targets", "--lora-r", "--lora-alpha"), OF_LSR.stream())
            .toList();

    /** The names of the methods of all kinds on the class path. */
    static final class AdapterMethods implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return new AdapterKinds()
                    .methods().stream().map(AdapterMethod::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "METHOD",
            showDefaultValue = Visibility.NEVER,
            completionCandidates = AdapterMethods.class,
            description = "Methods to train, in this order: frozen (only the head), or adapters:"
                    + " ${COMPLETION-CANDIDATES}. lora:2 and lsr:2 set the rank; other settings follow as in"
                    + " lsr:lr=0.001 or cdka:4:r1=2:r2=8:alpha=64 (docs/guides/training.md). Default:"
                    + " frozen,lora,lsr for tasks with official files, lsr for your own data.")
    private List<String> methods;

    @Option(
            names = "--from",
            paramLabel = "ADAPTER",
            showDefaultValue = Visibility.NEVER,
            description = "Continue training the adapters of this folder, such as RUN/lsr-1 of another task on the"
                    + " same base model, with a new head. Kind, settings and layers come from the folder.")
    @Names(Names.Use.INPUT)
    private Path from;

    @Option(
            names = "--targets",
            paramLabel = "NAMES",
            showDefaultValue = Visibility.NEVER,
            description = Targets.DESCRIPTION)
    private String targets;

    @Option(names = "--r", paramLabel = "R", description = "LSR: bottleneck rank.")
    private int rank = LSR.bottleneckRank();

    @Option(names = "--s", paramLabel = "S", description = "LSR: separation rank, the number of Kronecker terms.")
    private int terms = LSR.separationRank();

    @Option(names = "--factors", paramLabel = "D", description = "LSR: Kronecker factors per term.")
    private int factors = LSR.factorCount();

    @Mixin
    private FactorOptions factorSizes = new FactorOptions();

    @Option(names = "--alpha", paramLabel = "ALPHA", description = "LSR: alpha.")
    private double alpha = LSR.alpha();

    @Option(
            names = "--scaling",
            paramLabel = "RULE",
            description = "LSR: factor of the update: alpha, alpha/r or alpha/sqrt-r.")
    private String scaling = LSR.scalingRule().label();

    @Option(
            names = "--init",
            paramLabel = "INIT",
            description = "LSR: initialization of the factors: zero-update, paper-authors or kaiming-uniform.")
    private String initialization = LSR.initialization().label();

    @Option(
            names = "--head-steps",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Train only the head for the first N steps, with every method; 0 for none. Default: 200.")
    private Integer headSteps;

    @Option(names = "--term-weights", description = "LSR: train a weight for each Kronecker term.")
    private boolean termWeights = LSR.termWeights();

    @Option(names = "--lora-r", paramLabel = "R", description = "LoRA: rank.")
    private int loraRank = LsrKind.LORA_RANK;

    @Option(
            names = "--lora-alpha",
            paramLabel = "ALPHA",
            showDefaultValue = Visibility.NEVER,
            description = "LoRA: alpha; the update's factor is alpha/r. Default: four times the rank.")
    private Double loraAlpha;

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            showDefaultValue = Visibility.NEVER,
            description = "Peak learning rate of adapters other than LoRA's. Default: 0.002 for LSR, measured"
                    + " values for other papers' adapters (docs/guides/training.md). LSR's is doubled on pairs; with"
                    + " DPO all are quartered.")
    private Double rate;

    @Option(
            names = "--lora-lr",
            paramLabel = "RATE",
            showDefaultValue = Visibility.NEVER,
            description = "Peak learning rate of LoRA adapters. Default: 0.001, 0.002 on pairs, 0.00025 with DPO.")
    private Double loraRate;

    private TrainingDefaults usual = TrainingDefaults.HEAD;

    /** Returns the methods, those of {@code byDefault} without {@code --methods}. */
    List<Method> methods(List<String> byDefault, double headRate, boolean hasHead, TrainingDefaults defaults)
            throws IOException {
        usual = defaults;
        if (from != null) {
            return List.of(headFirst(saved(), hasHead));
        }
        return TrainingOptions.distinct("--methods", methods == null ? byDefault : methods).stream()
                .map(method -> headFirst(method(method, headRate), hasHead))
                .toList();
    }

    private Method saved() throws IOException {
        List<String> others = matched().filter(SAID_BY_ADAPTER::contains).toList();
        BadInput.throwIf(
                !others.isEmpty(),
                "--from " + from + ": found " + String.join(", ", others)
                        + " too, expected none of them: kind, settings and layers come from that folder");
        AdapterOption.card(from);
        AdapterConfig config = AdapterFolder.configs(from).values().stream()
                .findFirst()
                .orElseThrow(() -> new BadInput("--from " + from + ": has a head alone, expected adapters"));
        Double given = config.label().equals(LORA) ? loraRate : rate;
        return Method.from(
                config.label(),
                from,
                config,
                given == null ? usual.config(config).learningRate() : given);
    }

    /** Throws if an option is given that none of the methods reads. */
    void requireRead(List<Method> trained) {
        List<String> names = trained.stream()
                .map(method -> MethodText.parse(method.label()).name())
                .distinct()
                .toList();
        boolean others = names.stream().anyMatch(name -> !List.of(FROZEN, LORA).contains(name));
        matched().forEach(option -> {
            requireRead(
                    option, !OF_LSR.contains(option) || names.contains(LsrConfig.KIND), names, LsrConfig.KIND + NAMED);
            requireRead(option, !OF_LORA.contains(option) || names.contains(LORA), names, LORA);
            requireRead(
                    option,
                    !option.equals("--lr") || others,
                    names,
                    "adapters other than lora, or --lora-lr or --head-lr");
        });
    }

    private static void requireRead(String option, boolean isRead, List<String> names, String expected) {
        BadInput.throwIf(
                !isRead,
                option + ": found the methods " + String.join(", ", names) + ", none of which reads it; expected "
                        + expected);
    }

    private Stream<String> matched() {
        return command.commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName);
    }

    Optional<Path> from() {
        return Optional.ofNullable(from);
    }

    /** Returns the learning rate of the adapter given by {@code --from}, if any. */
    OptionalDouble savedRate() throws IOException {
        return from == null ? OptionalDouble.empty() : OptionalDouble.of(saved().learningRate());
    }

    private Method headFirst(Method method, boolean hasHead) {
        int usualSteps = hasHead ? usual.withoutAdapters().headSteps() : 0;
        return method.withHeadSteps(headSteps == null ? usualSteps : headSteps);
    }

    private Method method(String label, double headRate) {
        MethodText text = MethodText.parse(label);
        if (text.name().equals(FROZEN)) {
            Require.argument(label.equals(FROZEN), "method %s: frozen has no rank, expected frozen alone", label);
            return Method.frozen(headRate);
        }
        List<AdapterMethod> known = new AdapterKinds().methods();
        AdapterMethod method = known.stream()
                .filter(one -> one.name().equals(text.name()))
                .findFirst()
                .orElseThrow(() -> new BadInput("unknown method '" + text.name() + "', expected one of " + FROZEN + ", "
                        + String.join(", ", new AdapterMethods())
                        + Nearest.question(text.name(), new AdapterMethods())));
        AdapterConfig config = withOptions(method.name(), method.config(text), text);
        Double given = config.label().equals(LORA) ? loraRate : rate;
        double usualRate =
                method.learningRate().orElseGet(() -> usual.config(config).learningRate());
        return Method.of(label, config, text.real(AdapterMethod.LEARNING_RATE, given == null ? usualRate : given));
    }

    /** LoRA and LSR have options in place of settings after their names. */
    private AdapterConfig withOptions(String method, AdapterConfig config, MethodText text) {
        return switch (method) {
            case LORA -> lora(text.number(loraRank));
            case LsrConfig.KIND -> lsr(text.number(rank));
            default -> config;
        };
    }

    private LsrConfig lora(int ofRank) {
        return LsrConfig.lora(ofRank, loraAlpha == null ? LsrKind.LORA_SCALING * ofRank : loraAlpha);
    }

    LsrConfig lsr() {
        return lsr(rank);
    }

    private LsrConfig lsr(int ofRank) {
        return factorSizes
                .builder()
                .bottleneckRank(ofRank)
                .separationRank(terms)
                .factorCount(factors)
                .alpha(alpha)
                .scalingRule(ScalingRule.named(scaling))
                .initialization(Initialization.named(initialization))
                .termWeights(termWeights)
                .build();
    }

    Optional<LayerSelector> targets() throws IOException {
        if (from != null) {
            return Optional.of(
                    LayerSelector.named(List.copyOf(AdapterFolder.configs(from).keySet())));
        }
        return Targets.selector(targets);
    }

    /**
     * Returns the options of {@code finetune} for an adapter with these ranks and factor sizes; all other settings are
     * defaults.
     */
    static List<String> of(LsrConfig config) {
        if (config.isLora()) {
            return List.of(
                    "--methods",
                    "lora",
                    "--lora-r",
                    String.valueOf(config.bottleneckRank()),
                    "--lora-alpha",
                    String.valueOf(config.alpha()));
        }
        List<String> options = new ArrayList<>(List.of("--methods", "lsr"));
        options.addAll(List.of("--r", String.valueOf(config.bottleneckRank())));
        options.addAll(List.of("--s", String.valueOf(config.separationRank())));
        if (config.factorCount() != LSR.factorCount()) {
            options.addAll(List.of("--factors", String.valueOf(config.factorCount())));
        }
        addSizes("--in-factors", config.inFactors(), options);
        addSizes("--out-factors", config.outFactors(), options);
        addSizes("--rank-factors", config.rankFactors(), options);
        return options;
    }

    private static void addSizes(String option, List<Integer> sizes, List<String> options) {
        if (!sizes.isEmpty()) {
            options.addAll(List.of(option, new FactorSizesConverter.Sizes(sizes).toString()));
        }
    }
}
