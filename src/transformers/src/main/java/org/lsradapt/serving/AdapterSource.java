package org.lsradapt.serving;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.adapters.PackedAdapter;

/**
 * Adapters of one base model by key, more than need be in memory: a {@link MultiAdapterModel} takes from it those that are
 * asked for. Methods are called by many threads at once, also while adapters are put and removed.
 */
public interface AdapterSource {

    /**
     * Which adapter is under a key now; asked for each key of each call.
     *
     * @param key any text
     * @return a number that no other adapter of this key had or will have; empty if there is no adapter
     * @throws IOException if the source cannot be read; the message names it
     */
    OptionalLong version(String key) throws IOException;

    /**
     * The adapter under a key.
     *
     * @param key any text
     * @return the adapter with its number; empty if there is none
     * @throws IOException if the source cannot be read or the adapter is damaged; the message names source and key
     */
    Optional<Versioned> find(String key) throws IOException;

    /**
     * An adapter as it was at one moment.
     *
     * @param version as of {@link #version}
     * @param adapter the adapter, of the source's base model
     */
    record Versioned(long version, PackedAdapter adapter) {}

    /** Its name for messages, such as a file's name. */
    String name();
}
