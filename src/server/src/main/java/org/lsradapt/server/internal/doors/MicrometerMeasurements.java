package org.lsradapt.server.internal.doors;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/** Measurements in a registry of Micrometer. */
public final class MicrometerMeasurements implements Measurements {
    private static final Duration[] BUCKETS = IntStream.of(2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final DistributionSummary sequences;
    private final DistributionSummary tokens;
    private final Timer waited;

    /** Adds meters to a registry, which is not closed. */
    public MicrometerMeasurements(MeterRegistry registry) {
        this.registry = registry;
        sequences = DistributionSummary.builder("lsr.step.sequences")
                .description("Texts, pairs or windows that are computed in one step")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128)
                .register(registry);
        tokens = DistributionSummary.builder("lsr.step.tokens")
                .description("Tokens that are computed in one step")
                .serviceLevelObjectives(16, 64, 256, 1024, 2048)
                .register(registry);
        waited = Timer.builder("lsr.queue")
                .description("Time for which the oldest batch of a step has waited")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    @Override
    public void request(String door, int status, long nanos) {
        Timer.builder("lsr.requests")
                .description("Answered requests")
                .tag("door", door)
                .tag("status", Integer.toString(status))
                .serviceLevelObjectives(BUCKETS)
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void step(int computedSequences, int computedTokens, long nanos) {
        sequences.record(computedSequences);
        tokens.record(computedTokens);
        waited.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(description).register(registry);
    }

    @Override
    public Optional<String> scrape() {
        return registry instanceof PrometheusMeterRegistry prometheus
                ? Optional.of(prometheus.scrape())
                : Optional.empty();
    }
}
