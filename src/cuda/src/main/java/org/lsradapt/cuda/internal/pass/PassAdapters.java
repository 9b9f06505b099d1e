package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.lsr.AdapterSet;

/** The adapters of a pass, in device memory. */
interface PassAdapters extends AutoCloseable {
    /** Without adapters. */
    PassAdapters NONE = new PassAdapters() {
        @Override
        public AdapterRun run(Arena arena, String layer, int use) {
            return AdapterRun.NONE;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {}
    };

    /** Makes the adapters of a pass on an engine. */
    @FunctionalInterface
    interface Source {

        /** Those of a set, which may train; empty for none. */
        static Source of(Optional<AdapterSet> set) {
            return engine -> set.<PassAdapters>map(adapters -> new DeviceAdapters(engine, adapters))
                    .orElse(NONE);
        }

        /** New ones, which the caller closes. */
        PassAdapters on(Engine engine);
    }

    /**
     * The adapters of a layer in a pass.
     *
     * @param arena memory for a batch
     * @param layer the layer's full name
     * @param use which use of the layer in the model this is, from 1: each has dropout of its own
     */
    AdapterRun run(Arena arena, String layer, int use);

    /** Whether it has an adapter of a layer that trains. */
    default boolean trains(String layer) {
        return false;
    }

    /** Bytes of device memory. */
    long bytes();

    /** Takes the parameters as they are now. */
    default void materialize() {}

    /** Begins to collect gradients. */
    default void beginStep() {}

    /** Makes the factors' gradients of those of A and B. */
    default void reduce() {}

    /** Adds what was collected to the gradients of the parameters. */
    default void endStep() {}

    @Override
    void close();
}
