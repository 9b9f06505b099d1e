package org.lsradapt.serving;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.models.BaseModel;

/**
 * One base model in memory and any number of adapters of one task on it, by name. Safe for use by many threads, also
 * while other threads add, replace and remove adapters.
 */
public abstract class MultiAdapterTask implements AutoCloseable {
    private final BaseModel base;
    private final MultiAdapterModel model;

    /** Serves a model with many adapters, which is closed with this object, on its base model, which is not. */
    protected MultiAdapterTask(BaseModel base, MultiAdapterModel model) {
        this.base = base;
        this.model = model;
    }

    /** The base model. */
    public final BaseModel base() {
        return base;
    }

    /** The adapters, to list and remove them, and to add or replace adapters that are in memory. */
    public final MultiAdapterModel model() {
        return model;
    }

    /**
     * Adds a saved adapter.
     *
     * @param name a name that is not in use
     * @param folder the folder of an adapter of this task
     * @throws IllegalArgumentException if the name is in use, or the folder's adapter is for another base model or
     *     another task, or was trained with other settings
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public final void add(String name, Path folder) throws IOException {
        put(name, folder, model::add);
    }

    /**
     * Replaces an adapter by a saved one.
     *
     * @throws IllegalArgumentException if the name is not in use, or as {@link #add}
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public final void replace(String name, Path folder) throws IOException {
        put(name, folder, model::replace);
    }

    private void put(String name, Path folder, BiConsumer<String, SavedAdapter> put) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            require(folder.toString(), saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint()));
            put.accept(name, saved);
        }
    }

    /** Throws an {@link IllegalArgumentException} that begins with the location, unless an adapter can be served. */
    protected abstract void require(String location, AdapterCard card);

    /** Removes all adapters, waits for running calls, and frees the native memory. */
    @Override
    public void close() {
        model.close();
    }
}
