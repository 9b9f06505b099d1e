package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.springai.LsrAdaptProperties.Embedding;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;

/**
 * The adapters that the properties of the embedding model name.
 *
 * @param property the property that names their folder; empty if there is none
 * @param chosen the adapter that embeds texts
 */
record ConfiguredAdapters(Optional<Property> property, Map<String, Path> folders, Optional<String> chosen) {

    static ConfiguredAdapters of(Embedding properties) {
        Optional<Property> store = Property.of(Embedding.STORE, properties.store());
        Optional<Property> adapter = Property.of(Embedding.ADAPTER, properties.adapter());
        if (store.isPresent()) {
            return ofStore(store.get(), adapter);
        }
        if (adapter.isEmpty()) {
            return new ConfiguredAdapters(Optional.empty(), Map.of(), Optional.empty());
        }
        Path folder = adapter.get().folder();
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return new ConfiguredAdapters(adapter, Map.of(name, folder), Optional.of(name));
    }

    private static ConfiguredAdapters ofStore(Property store, Optional<Property> adapter) {
        Map<String, Path> folders = new LinkedHashMap<>();
        try {
            for (Path folder : AdapterFolder.within(store.folder())) {
                folders.put(folder.getFileName().toString(), folder);
            }
        } catch (IOException e) {
            throw store.invalid(e);
        }
        adapter.filter(chosen -> !folders.containsKey(chosen.value())).ifPresent(chosen -> {
            throw chosen.invalid("there is no such adapter in " + store.name() + " " + store.value()
                    + (folders.isEmpty()
                            ? ", which has none"
                            : ", expected one of " + String.join(", ", folders.keySet())));
        });
        return new ConfiguredAdapters(Optional.of(store), folders, adapter.map(Property::value));
    }

    /** The first adapter's properties; adapters of another base model or with other settings are rejected. */
    Optional<AdapterCard> card() {
        Optional<Path> first = folders.values().stream().findFirst();
        if (first.isEmpty()) {
            return Optional.empty();
        }
        try {
            return AdapterFolder.card(first.get());
        } catch (IOException | IllegalArgumentException e) {
            throw property.orElseThrow().invalid(e);
        }
    }

    /** The base model of the first adapter. */
    Optional<BaseModels.Wanted> base() {
        return card().map(card -> BaseModels.Wanted.of(card, property.orElseThrow()));
    }

    void addTo(MultiAdapterEmbedder embedder) {
        folders.forEach((name, folder) -> {
            try {
                embedder.add(name, folder);
            } catch (IOException | IllegalArgumentException e) {
                throw property.orElseThrow().invalid(e);
            }
        });
    }
}
