package org.lsradapt.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.adapters.AdapterForm;
import org.lsradapt.adapters.FormOnBase;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.AdapterLoadEvent;
import org.lsradapt.lsr.internal.FlightEvents;
import org.lsradapt.models.BaseModel;

/**
 * Adapters of a source, made on demand. Those used last stay, up to a limit in bytes; an adapter that leaves while a
 * call uses it is freed when the call ends. Safe for many threads: one thread at a time makes an adapter, and a thread
 * whose adapter is ready does not wait for it.
 */
final class SourcedAdapters implements AutoCloseable {
    /** The number of forms that are kept; adapters trained alike share one. */
    private static final int FORMS = 16;

    private final BaseModel base;
    private final Backend backend;
    private final ServedSource source;
    /** Guarded by itself, as are its values. */
    private final Map<AdapterForm, FormOnBase> forms = new LinkedHashMap<>(FORMS, 0.75f, true);
    /** Guarded by this object, as are the two below. */
    private final Map<String, Made> made = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private boolean closed;

    /** An adapter with the bytes that it counts for. */
    private record Made(long version, ServedAdapter adapter, long bytes) {}

    SourcedAdapters(BaseModel base, Backend backend, ServedSource source) {
        this.base = base;
        this.backend = backend;
        this.source = source;
    }

    String name() {
        return source.adapters().name();
    }

    /** Returns an adapter, with the caller as one of its users; empty if the source has none under that key. */
    Optional<ServedAdapter> acquire(String key) {
        try {
            OptionalLong version = source.adapters().version(key);
            if (version.isEmpty()) {
                forget(key);
                return Optional.empty();
            }
            Optional<ServedAdapter> there = there(key, version.getAsLong());
            if (there.isPresent()) {
                return there;
            }
            Optional<AdapterLoadEvent> event = FlightEvents.begin(AdapterLoadEvent::new);
            Optional<AdapterSource.Versioned> found = source.adapters().find(key);
            return found.map(one -> {
                ServedAdapter loaded = make(key, one.adapter());
                event.ifPresent(began -> began.loaded(key, loaded.bytes()));
                return keep(key, new Made(one.version(), loaded, loaded.bytes()));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private synchronized Optional<ServedAdapter> there(String key, long version) {
        Made one = made.get(key);
        if (one == null || one.version != version) {
            return Optional.empty();
        }
        // Succeeds: the map is a user itself, and is removed as one only under this lock.
        return one.adapter.acquire() ? Optional.of(one.adapter) : Optional.empty();
    }

    private ServedAdapter make(String key, PackedAdapter adapter) {
        String location = name() + ": key '" + key + "'";
        synchronized (forms) {
            try {
                source.requirement().accept(adapter.card());
                FormOnBase form = forms.get(adapter.form());
                if (form == null) {
                    form = new FormOnBase(location, adapter, base, backend);
                    forms.put(adapter.form(), form);
                    dropForms(FORMS);
                }
                Optional<DenseUpdates> updates = form.updates(adapter);
                return new ServedAdapter(updates, form.head(adapter));
            } catch (IllegalArgumentException e) {
                String message = e.getMessage();
                throw new IllegalArgumentException(
                        message.startsWith(location) ? message : location + ": " + message, e);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
    }

    private void dropForms(int left) {
        Iterator<FormOnBase> oldest = forms.values().iterator();
        while (forms.size() > left) {
            oldest.next().close();
            oldest.remove();
        }
    }

    /** Keeps an adapter, unless another thread has kept one that is as new or newer, and adds the caller as a user. */
    private synchronized ServedAdapter keep(String key, Made one) {
        one.adapter.acquire();
        Made there = made.get(key);
        if (closed || (there != null && there.version >= one.version)) {
            one.adapter.release();
            return one.adapter;
        }
        made.put(key, one);
        bytes += one.bytes;
        if (there != null) {
            drop(there);
        }
        Iterator<Made> oldest = made.values().iterator();
        while (bytes > source.bytes()) {
            Made unused = oldest.next();
            oldest.remove();
            drop(unused);
        }
        return one.adapter;
    }

    private void drop(Made one) {
        bytes -= one.bytes;
        one.adapter.release();
    }

    private synchronized void forget(String key) {
        Made gone = made.remove(key);
        if (gone != null) {
            drop(gone);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            made.values().forEach(this::drop);
            made.clear();
        }
        synchronized (forms) {
            dropForms(0);
        }
    }
}
