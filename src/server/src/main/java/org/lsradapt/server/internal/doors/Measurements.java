package org.lsradapt.server.internal.doors;

import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.lsradapt.serving.SharedPasses;

/** Measurements of a server, per door and never per adapter or key. Safe for many threads. */
public interface Measurements extends SharedPasses.Listener {
    /** Measures nothing. */
    Measurements NONE = new Measurements() {
        @Override
        public void request(String door, int status, long nanos) {}

        @Override
        public void step(int sequences, int tokens, long waited) {}

        @Override
        public void gauge(String name, String description, DoubleSupplier value) {}

        @Override
        public Optional<String> scrape() {
            return Optional.empty();
        }
    };

    /** Counts an answered request. */
    void request(String door, int status, long nanos);

    void gauge(String name, String description, DoubleSupplier value);

    /** Returns all measurements in Prometheus's text format; empty if they are kept elsewhere. */
    Optional<String> scrape();
}
