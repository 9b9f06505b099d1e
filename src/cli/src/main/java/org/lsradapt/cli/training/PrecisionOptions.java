package org.lsradapt.cli.training;

import java.util.Optional;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.training.settings.LowPrecision;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options for the precision and the monitoring of adapters in training. */
final class PrecisionOptions {

    @Option(
            names = "--precision",
            paramLabel = "FORMAT",
            description = "Format of the adapters' parameters between steps: fp32, fp16, bf16, fp8-e4m3 or fp8-e5m2.")
    private String precision = Precision.FP32.label();

    @Option(
            names = "--fp32-master",
            description = "With a low precision: keep an FP32 copy of the adapters for the optimizer.")
    private boolean master;

    @Option(
            names = "--monitor",
            paramLabel = "POLICY",
            showDefaultValue = Visibility.NEVER,
            description = "Monitor the condition of LSR adapters; where the error bound is violated: log, clip,"
                    + " re-orthogonalize, or fp32 (keep that adapter in FP32 from then on).")
    private String policy;

    @Option(names = "--monitor-every", paramLabel = "N", description = "Monitor every N steps.")
    private int every = 10;

    @Option(
            names = "--epsilon",
            paramLabel = "ERROR",
            description = "The bound: the largest round-off error of A or B, in the Frobenius norm.")
    private double epsilon = 0.01;

    LowPrecision lowPrecision() {
        return new LowPrecision(Precision.named(precision), master);
    }

    /** Returns the settings of the monitor; empty without {@code --monitor}. The numbers are checked in either case. */
    Optional<ConditionMonitor.Settings> monitor(LsrConfig lsr) {
        ConditionMonitor.Policy named =
                policy == null ? ConditionMonitor.Policy.LOG : ConditionMonitor.Policy.named(policy);
        Require.argument(
                named != ConditionMonitor.Policy.REORTHOGONALIZE || lsr.factorCount() == 2,
                "--monitor %s needs two Kronecker factors per term, found --factors %d",
                policy,
                lsr.factorCount());
        ConditionMonitor.Settings settings =
                new ConditionMonitor.Settings(every, Precision.named(precision), epsilon, named);
        return policy == null ? Optional.empty() : Optional.of(settings);
    }
}
