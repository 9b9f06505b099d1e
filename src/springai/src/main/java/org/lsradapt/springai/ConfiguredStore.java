package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The store of adapters by key that the properties name. Other classes use it only where there is one, so that an
 * application without the store's module can load them.
 *
 * @param property the property that names the file
 * @param memory the limit of memory for adapters in use, in bytes
 */
record ConfiguredStore(Property property, AdapterStore store, long memory) {

    /** Opens an existing store; its file is not made. */
    static AdapterStore open(Property property) {
        try {
            return AdapterStore.open(property.file());
        } catch (IOException e) {
            throw property.invalid(e);
        }
    }

    /** Returns what describes the adapter of the first key; empty if there are no keys. */
    Optional<AdapterCard> card() {
        try {
            return first().map(PackedAdapter::card);
        } catch (IOException e) {
            throw property.invalid(e);
        }
    }

    /** The base model of the store, in the precision of its first adapter. */
    BaseModels.Wanted base(Optional<Property> model) {
        BasePrecision precision = card().map(AdapterCard::basePrecision).orElse(BasePrecision.STORED);
        BaseModels.Wanted own = new BaseModels.Wanted(store.baseModel(), precision, property);
        return model.map(own::named).orElse(own);
    }

    /** Returns the adapters for a base model, which has to be the store's. */
    ServedSource on(BaseModel base) {
        if (!store.baseFingerprint().equals(base.fingerprint())) {
            throw property.invalid("the store is for base model " + store.baseModel() + " with fingerprint "
                    + store.baseFingerprint() + ", but model " + base.name() + " has fingerprint "
                    + base.fingerprint());
        }
        return ServedSource.of(store).withBytes(memory);
    }

    /** Reads the store, and returns what a health check says about it. */
    Map<String, Object> health() throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("file", store.name());
        if (!Files.isReadable(Path.of(store.name()))) {
            throw new IOException(store.name() + ": the file is gone or not readable, expected the open store");
        }
        details.put("model", store.baseModel());
        details.put("keys", store.size());
        first();
        return details;
    }

    private Optional<PackedAdapter> first() throws IOException {
        List<String> keys = store.firstKeys(1);
        return keys.isEmpty() ? Optional.empty() : store.get(keys.get(0));
    }
}
