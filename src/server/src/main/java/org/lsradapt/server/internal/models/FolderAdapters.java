package org.lsradapt.server.internal.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.training.PassExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The adapters of folders, by name. Each is read again when its files change. Safe for many threads. */
final class FolderAdapters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderAdapters.class);

    private final BaseModel base;
    private final MultiAdapterModel model;
    private final PassExecutor where;
    private final NameCheck names;
    private final List<Path> roots;
    private final ConcurrentMap<String, Loaded> loaded = new ConcurrentHashMap<>();
    private final AtomicLong versions = new AtomicLong();

    /** Refuses a name that something else has. */
    @FunctionalInterface
    interface NameCheck {
        void requireFree(String name) throws IOException;
    }

    /**
     * An adapter.
     *
     * @param stamp the state of its files when they were read
     * @param version a number that no other adapter has or had
     * @param generator present for adapters that generate; others are in the model with many
     */
    record Loaded(
            Path folder,
            Optional<FolderStamp> stamp,
            AdapterCard card,
            long version,
            Optional<TextGenerator> generator) {}

    /** Loads all adapters into {@code model}, kept; nothing outside of the folders, or folders of adapters, is ever read. */
    FolderAdapters(BaseModel base, MultiAdapterModel model, PassExecutor where, List<Path> folders, NameCheck names)
            throws IOException {
        this.base = base;
        this.model = model;
        this.where = where;
        this.names = names;
        List<Path> real = new ArrayList<>();
        for (Path folder : folders) {
            real.add(folder.toRealPath());
        }
        roots = List.copyOf(real);
        try {
            for (Path root : roots) {
                addAll(root);
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void addAll(Path root) throws IOException {
        List<Path> folders = AdapterFolder.isOne(root) ? List.of(root) : AdapterFolder.within(root);
        for (Path folder : folders) {
            String name = folder.equals(root)
                    ? root.getFileName().toString()
                    : root.relativize(folder).toString().replace('\\', '/');
            Require.argument(
                    !loaded.containsKey(name),
                    "%s: there are two adapters named '%s', expected different names",
                    folder,
                    name);
            add(name, folder);
        }
    }

    private static String inside(String name, long version) {
        return name + "\0" + version;
    }

    /** Adds an adapter, or replaces the one of that name. */
    private void add(String name, Path folder) throws IOException {
        names.requireFree(name);
        Optional<FolderStamp> stamp = FolderStamp.of(folder);
        long version = versions.incrementAndGet();
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            AdapterCard card = saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
            saved.requireLength(base.tokenizer(), base.maxLength());
            Optional<TextGenerator> generator = Optional.empty();
            if (card.task().generates()) {
                generator = Optional.of(generator(folder));
            } else {
                Offer.served(base, card, model, inside(name, version)).use();
                model.add(inside(name, version), saved);
            }
            Loaded before = loaded.put(name, new Loaded(folder, stamp, card, version, generator));
            if (before != null) {
                retire(name, before);
            }
        }
    }

    private TextGenerator generator(Path folder) throws IOException {
        TextGenerator generator = SavedModel.require(FineTunedModel.load(folder, base), TextGenerator.class, folder);
        generator.passes(where);
        return generator;
    }

    /** Frees an adapter when nothing uses it any more; running generations end first. */
    private void retire(String name, Loaded before) {
        before.generator()
                .ifPresentOrElse(FolderAdapters::closeLater, () -> model.remove(inside(name, before.version())));
    }

    private static void closeLater(TextGenerator generator) {
        Thread closing = new Thread(generator::close, "lsr-adapt-retired");
        closing.setDaemon(true);
        closing.start();
    }

    synchronized void load(String name, String path, boolean replace) {
        Path folder = within(path);
        Require.argument(
                replace || !loaded.containsKey(name),
                "the name '%s' is in use; load_inplace replaces its adapter",
                name);
        try {
            add(name, folder);
        } catch (IOException e) {
            LOG.warn("adapter {} cannot be loaded", name, e);
            throw ApiException.invalid("lora_path", "the adapter cannot be read: " + withoutPaths(e.getMessage()));
        }
    }

    private Path within(String path) {
        for (Path root : roots) {
            try {
                Path folder = root.resolve(path).toRealPath();
                if (folder.startsWith(root) && Files.isDirectory(folder)) {
                    return folder;
                }
            } catch (IOException | InvalidPathException e) {
                // Not under this folder.
            }
        }
        throw ApiException.invalid("lora_path", "there is no such adapter in the folders of adapters of this server");
    }

    /** Removes an adapter; returns false if there is none of that name. */
    synchronized boolean unload(String name) {
        Loaded gone = loaded.remove(name);
        if (gone != null) {
            retire(name, gone);
        }
        return gone != null;
    }

    /** Returns the adapter of a name, read again if its files have changed. */
    Optional<Loaded> find(String name) {
        Loaded one = loaded.get(name);
        if (one == null) {
            return Optional.empty();
        }
        Optional<FolderStamp> now = FolderStamp.of(one.folder());
        return Optional.ofNullable(now.isEmpty() || now.equals(one.stamp()) ? one : reload(name, one, now));
    }

    private synchronized @Nullable Loaded reload(String name, Loaded old, Optional<FolderStamp> stamp) {
        if (!has(name, old)) {
            return loaded.get(name);
        }
        try {
            add(name, old.folder());
            LOG.info("adapter {} has changed and was loaded again", name);
        } catch (IOException | RuntimeException e) {
            LOG.warn("adapter {} has changed and cannot be loaded; the adapter before the change stays", name, e);
            loaded.put(name, new Loaded(old.folder(), stamp, old.card(), old.version(), old.generator()));
        }
        return loaded.get(name);
    }

    /** Whether a name still has this version of its adapter. */
    boolean has(String name, Loaded one) {
        Loaded now = loaded.get(name);
        return now != null && now.version() == one.version();
    }

    Offer offer(String name, Loaded one) {
        return one.generator()
                .map(Offer::of)
                .orElseGet(() -> Offer.served(base, one.card(), model, inside(name, one.version())));
    }

    /** Returns all adapters by name, in order; a snapshot. */
    Map<String, Loaded> all() {
        return new TreeMap<>(loaded);
    }

    /** Returns a message without the places of folders on this machine. */
    String withoutPaths(String message) {
        String told = message;
        for (Path root : roots) {
            told = told.replace(root + "/", "")
                    .replace(root.toString(), root.getFileName().toString());
        }
        return told;
    }

    /** Closes the generators; the model with many adapters has the rest. */
    @Override
    public void close() {
        loaded.values().forEach(one -> one.generator().ifPresent(TextGenerator::close));
    }
}
