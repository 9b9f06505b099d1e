package org.lsradapt.adapters;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.lsradapt.lsr.LayerAdapter;

/** The formats of all kinds of adapters on the class path. LSR's is asked first, so that it needs no other. */
final class AdapterFormats {

    private final Iterable<AdapterFormat> others;

    AdapterFormats() {
        this(ServiceLoader.load(AdapterFormat.class));
    }

    /** With the formats of other kinds than LSR; iterated when one is wanted. */
    AdapterFormats(Iterable<AdapterFormat> others) {
        this.others = others;
    }

    /** A layer's settings with their format; throws an {@link IllegalStateException} if no format stores its kind. */
    StoredConfig of(LayerAdapter adapter) {
        if (LsrFormat.INSTANCE.stores(adapter.config())) {
            return new StoredConfig(LsrFormat.INSTANCE, adapter.config());
        }
        return all().values().stream()
                .filter(format -> format.stores(adapter.config()))
                .findFirst()
                .map(format -> new StoredConfig(format, adapter.config()))
                .orElseThrow(() -> new IllegalStateException("save adapter: layer " + adapter.name()
                        + " is adapted by kind '" + adapter.config().kind() + "', which no adapter format on the class"
                        + " path stores; those of " + listed(all().keySet()) + " are there"));
    }

    /** The format of a {@code peft_type}; throws an {@link IllegalArgumentException} if there is none. */
    AdapterFormat named(String peftType) {
        AdapterFormat format = all().get(peftType);
        if (format == null) {
            throw new IllegalArgumentException(
                    "found " + peftType + ", the adapter formats on the class path are of " + listed(all().keySet()));
        }
        return format;
    }

    private Map<String, AdapterFormat> all() {
        Map<String, AdapterFormat> all = new LinkedHashMap<>();
        all.put(LsrFormat.PEFT_TYPE, LsrFormat.INSTANCE);
        for (AdapterFormat format : others) {
            AdapterFormat same = all.put(format.peftType(), format);
            if (same != null) {
                throw new IllegalStateException(
                        "adapter formats: " + same.getClass().getName() + " and "
                                + format.getClass().getName() + " are both of peft_type " + format.peftType());
            }
        }
        return all;
    }

    private static String listed(Collection<String> types) {
        return String.join(", ", types);
    }
}
