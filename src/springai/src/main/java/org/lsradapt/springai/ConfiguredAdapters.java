package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;

/**
 * The adapters that the properties name.
 *
 * @param property the property that names their folder, even if there are no adapters
 * @param value the property's value
 * @param folders the adapters' folders by name
 * @param chosen the adapter that embeds texts
 */
record ConfiguredAdapters(String property, String value, Map<String, Path> folders, Optional<String> chosen) {

    static ConfiguredAdapters of(EmbeddingProperties properties) {
        String store = properties.store();
        String adapter = properties.adapter();
        if (store != null) {
            return ofStore(store, adapter);
        }
        if (adapter == null) {
            return new ConfiguredAdapters(EmbeddingProperties.ADAPTER, "", Map.of(), Optional.empty());
        }
        Path folder = folder(EmbeddingProperties.ADAPTER, adapter);
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return new ConfiguredAdapters(EmbeddingProperties.ADAPTER, adapter, Map.of(name, folder), Optional.of(name));
    }

    private static ConfiguredAdapters ofStore(String store, String adapter) {
        Map<String, Path> folders = new LinkedHashMap<>();
        try {
            for (Path folder : AdapterFolder.within(folder(EmbeddingProperties.STORE, store))) {
                folders.put(folder.getFileName().toString(), folder);
            }
        } catch (IOException e) {
            throw EmbeddingProperties.invalid(EmbeddingProperties.STORE, store, e);
        }
        if (adapter != null && !folders.containsKey(adapter)) {
            throw EmbeddingProperties.invalid(
                    EmbeddingProperties.ADAPTER,
                    adapter,
                    "there is no such adapter in " + EmbeddingProperties.STORE + " " + store
                            + (folders.isEmpty()
                                    ? ", which has none"
                                    : ", expected one of " + String.join(", ", folders.keySet())));
        }
        return new ConfiguredAdapters(EmbeddingProperties.STORE, store, folders, Optional.ofNullable(adapter));
    }

    private static Path folder(String property, String value) {
        Path folder;
        try {
            folder = Path.of(value);
        } catch (InvalidPathException e) {
            throw EmbeddingProperties.invalid(property, value, e);
        }
        if (!Files.isDirectory(folder)) {
            throw EmbeddingProperties.invalid(
                    property,
                    value,
                    "there is not a folder " + folder.toAbsolutePath().normalize());
        }
        return folder;
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
            throw EmbeddingProperties.invalid(property, value, e);
        }
    }

    void addTo(MultiAdapterEmbedder embedder) {
        folders.forEach((name, folder) -> {
            try {
                embedder.add(name, folder);
            } catch (IOException | IllegalArgumentException e) {
                throw EmbeddingProperties.invalid(property, value, e);
            }
        });
    }
}
