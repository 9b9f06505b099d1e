package org.lsradapt.serving;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.adapters.PackedAdapter;

/**
 * Adapters of one base model by key, which need not be in memory: a {@link MultiAdapterModel} reads them on demand.
 * Many threads call the methods at once, also while adapters are put and removed.
 */
public interface AdapterSource {

    /**
     * Returns the version of the adapter under a key; called for each key of each call.
     *
     * @param key any text
     * @return a number that no other adapter under this key has had or will have; empty if there is no adapter
     * @throws IOException if the source cannot be read; the message names it
     */
    OptionalLong version(String key) throws IOException;

    /**
     * The adapter under a key.
     *
     * @param key any text
     * @return the adapter with its version; empty if there is no adapter
     * @throws IOException if the source cannot be read or the adapter is damaged; the message names source and key
     */
    Optional<Versioned> find(String key) throws IOException;

    /**
     * An adapter as it was at one moment.
     *
     * @param adapter the adapter, of the source's base model
     */
    record Versioned(long version, PackedAdapter adapter) {}

    /** The source's name for messages, such as a file name. */
    String name();
}
