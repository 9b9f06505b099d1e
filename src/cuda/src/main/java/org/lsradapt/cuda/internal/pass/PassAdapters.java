package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.lsr.AdapterSet;

/** The adapters of a pass, in device memory. */
interface PassAdapters extends AutoCloseable {
    /** The adapters of a set, which may train, or none. */
    static PassAdapters of(Engine engine, Optional<AdapterSet> set) {
        return set.<PassAdapters>map(adapters -> new DeviceAdapters(engine, adapters))
                .orElseGet(() -> new ServedAdapters(engine));
    }

    /** Makes the same adapters on another engine; the caller closes them. */
    PassAdapters on(Engine other);

    /** Returns the adapters of a layer's {@code use}-th use in the model, from 1; each use has its own dropout. */
    AdapterRun run(Arena arena, String layer, int use);

    default boolean trains(String layer) {
        return false;
    }

    long bytes();

    /** Adds the current parameters to an upload. */
    default void ship(Shipment shipment) {}

    /** Builds the matrices of the uploaded parameters. */
    default void materialize() {}

    /** Resets the gradients. */
    default void beginStep() {}

    /** Turns the gradients of A and B into those of the factors. */
    default void reduce() {}

    /** Adds the collected gradients to those of the parameters. */
    default void endStep() {}

    @Override
    void close();
}
