package org.lsradapt.adapters;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerAdapter;

/** All kinds of adapters on the class path: the library's first, then those of the thread's class loader. Immutable. */
public final class AdapterKinds {
    private final Map<String, AdapterKind<?>> byPeftType = new LinkedHashMap<>();

    /** Finds the kinds. */
    public AdapterKinds() {
        this(Stream.of(
                        AdapterKind.class.getClassLoader(),
                        Thread.currentThread().getContextClassLoader())
                .flatMap(loader -> ServiceLoader.load(AdapterKind.class, loader).stream())
                .map(ServiceLoader.Provider::get));
    }

    @SuppressWarnings("rawtypes") // The class literal that ServiceLoader takes has no type arguments.
    AdapterKinds(Stream<AdapterKind> kinds) {
        kinds.forEach(this::add);
    }

    private void add(AdapterKind<?> kind) {
        AdapterKind<?> same = byPeftType.putIfAbsent(kind.peftType(), kind);
        if (same != null && same.getClass() != kind.getClass()) {
            throw new IllegalStateException(
                    "kinds of adapters: " + same.getClass().getName() + " and "
                            + kind.getClass().getName() + " are both of peft_type " + kind.peftType());
        }
    }

    /** All kinds. */
    public List<AdapterKind<?>> all() {
        return List.copyOf(byPeftType.values());
    }

    /** The methods of all kinds. */
    public List<AdapterMethod> methods() {
        return byPeftType.values().stream()
                .flatMap(kind -> kind.methods().stream())
                .toList();
    }

    /** Finds the kind of settings; refuses settings of which no kind is on the class path. */
    public AdapterKind<?> of(AdapterConfig config) {
        return byPeftType.values().stream()
                .filter(kind -> kind.settings().isInstance(config))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("kind '" + config.kind()
                        + "' is not registered on the class path, where there are " + listed()));
    }

    /** Returns a layer's settings with their kind; throws an {@link IllegalStateException} if the kind is not registered. */
    StoredConfig<?> of(LayerAdapter adapter) {
        try {
            return StoredConfig.of(of(adapter.config()), adapter.config());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("save adapter: layer " + adapter.name() + ": " + e.getMessage(), e);
        }
    }

    /** Returns the kind of a {@code peft_type}; throws an {@link IllegalArgumentException} if there is none. */
    AdapterKind<?> named(String peftType) {
        AdapterKind<?> kind = byPeftType.get(peftType);
        if (kind == null) {
            throw new IllegalArgumentException(
                    "found " + peftType + ", the kinds of adapters on the class path are " + listed());
        }
        return kind;
    }

    private String listed() {
        return String.join(", ", byPeftType.keySet());
    }
}
