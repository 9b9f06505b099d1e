package org.lsradapt.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.lsradapt.lsr.LayerAdapter;

/** The formats of all kinds of adapters on the class path: the library's first, then those of the thread's class loader. */
final class AdapterFormats {
    private final Map<String, AdapterFormat<?>> byPeftType = new LinkedHashMap<>();

    AdapterFormats() {
        this(Stream.of(
                        AdapterFormat.class.getClassLoader(),
                        Thread.currentThread().getContextClassLoader())
                .flatMap(loader -> ServiceLoader.load(AdapterFormat.class, loader).stream())
                .map(ServiceLoader.Provider::get));
    }

    @SuppressWarnings("rawtypes") // The class literal that ServiceLoader takes has no type arguments.
    AdapterFormats(Stream<AdapterFormat> formats) {
        formats.forEach(this::add);
    }

    private void add(AdapterFormat<?> format) {
        AdapterFormat<?> same = byPeftType.putIfAbsent(format.peftType(), format);
        if (same != null && same.getClass() != format.getClass()) {
            throw new IllegalStateException(
                    "adapter formats: " + same.getClass().getName() + " and "
                            + format.getClass().getName() + " are both of peft_type " + format.peftType());
        }
    }

    /** Returns a layer's settings with their format; throws an {@link IllegalStateException} if no format stores its kind. */
    StoredConfig<?> of(LayerAdapter adapter) {
        return byPeftType.values().stream()
                .filter(format -> format.settings().isInstance(adapter.config()))
                .findFirst()
                .<StoredConfig<?>>map(format -> StoredConfig.of(format, adapter.config()))
                .orElseThrow(() -> new IllegalStateException("save adapter: layer " + adapter.name()
                        + " is adapted by kind '" + adapter.config().kind() + "', which no adapter format on the class"
                        + " path stores; those of " + listed() + " are there"));
    }

    /** Returns the format of a {@code peft_type}; throws an {@link IllegalArgumentException} if there is none. */
    AdapterFormat<?> named(String peftType) {
        AdapterFormat<?> format = byPeftType.get(peftType);
        if (format == null) {
            throw new IllegalArgumentException(
                    "found " + peftType + ", the adapter formats on the class path are of " + listed());
        }
        return format;
    }

    private String listed() {
        return String.join(", ", byPeftType.keySet());
    }
}
