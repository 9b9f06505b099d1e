package org.lsradapt.cli.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.console.Failures;
import org.lsradapt.models.BaseModel;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.store.StoreSettings;
import org.lsradapt.store.StoredVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "store",
        description = "Keeps adapters for one base model by key, such as one per user, in one file.",
        subcommands = {
            StoreCommand.Add.class,
            StoreCommand.ListKeys.class,
            StoreCommand.Get.class,
            StoreCommand.Remove.class,
            StorePredictCommand.class,
            StoreCommand.Check.class,
            StoreCommand.Compact.class,
            StoreCommand.Recover.class
        })
public final class StoreCommand implements Runnable {
    private static final int AT_A_TIME = 1000;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        Failures.requireCommand(spec.commandLine());
    }

    /** The option of all subcommands. */
    abstract static class OnStore extends ConsoleCommand {
        @Option(names = "--store", required = true, paramLabel = "FILE", description = "The store's file.")
        @Names(Names.Use.OWN)
        Path file;

        static BadInput unknown(Path file, String key) {
            return new BadInput(file + ": there is no key '" + key + "'");
        }
    }

    @Command(
            name = "add",
            sortOptions = false,
            description = "Puts adapters into the store, and creates it if missing. Rejects each adapter that is"
                    + " invalid or for another base model, and stores the others.")
    static final class Add extends OnStore {
        @Parameters(paramLabel = "KEY=FOLDER", arity = "0..*", description = "A key, and an adapter's folder.")
        @Names(Names.Use.OFFERED)
        private Map<String, Path> folders = new LinkedHashMap<>();

        @Option(
                names = "--folders",
                paramLabel = "FOLDER",
                description = "Put each adapter in this folder, with its folder's name as the key.")
        @Names(Names.Use.INPUT)
        private Path parent;

        @Option(
                names = "--versions",
                paramLabel = "N",
                description = "Versions to keep of each key. Default: ${DEFAULT-VALUE}.")
        private int versions = StoreSettings.defaults().versions();

        private int refused;

        @Override
        protected void execute() throws IOException {
            Map<String, Path> all = new LinkedHashMap<>(folders);
            if (parent != null) {
                AdapterFolder.within(parent)
                        .forEach(one -> all.put(one.getFileName().toString(), one));
            }
            BadInput.throwIf(
                    all.isEmpty(), "store add: no adapters, expected KEY=FOLDER or --folders with adapters in it");
            int put = 0;
            try (AdapterStore store = open(all.values().iterator().next())) {
                Map<String, PackedAdapter> some = new LinkedHashMap<>();
                for (Map.Entry<String, Path> entry : all.entrySet()) {
                    read(store, entry.getKey(), entry.getValue()).ifPresent(one -> some.put(entry.getKey(), one));
                    if (some.size() == AT_A_TIME) {
                        store.putAll(some);
                        put += some.size();
                        some.clear();
                    }
                }
                store.putAll(some);
                put += some.size();
                print("%s: put %,d adapters, %,d keys", file, put, store.size());
            }
            BadInput.throwIf(refused > 0, file + ": refused " + refused + " of " + all.size() + " adapters, see above");
        }

        private Optional<PackedAdapter> read(AdapterStore store, String key, Path folder) {
            try {
                PackedAdapter adapter = PackedAdapter.read(folder);
                store.requireFits(key, adapter);
                return Optional.of(adapter);
            } catch (IOException | IllegalArgumentException e) {
                refused++;
                out().println(ControlCharacters.escaped("refused key '" + key + "': " + Failures.describe(e)));
                return Optional.empty();
            }
        }

        /** Opens or creates the store. A new store is sealed with the base model of the first adapter, which is loaded for that. */
        private AdapterStore open(Path first) throws IOException {
            StoreSettings settings = StoreSettings.defaults().withVersions(versions);
            if (Files.exists(file)) {
                return AdapterStore.open(file, settings);
            }
            try (BaseModel base = BaseModel.load(AdapterOption.card(first).baseModel())) {
                return AdapterStore.open(file, base, settings);
            }
        }
    }

    @Command(name = "list", sortOptions = false, description = "Lists keys in order, with their versions.")
    static final class ListKeys extends OnStore {
        @Option(names = "--after", paramLabel = "KEY", description = "Only the keys after this one.")
        private String after = "";

        @Option(names = "--limit", paramLabel = "N", description = "Maximum number of keys. Default: ${DEFAULT-VALUE}.")
        private int limit = 100;

        @Override
        protected void execute() throws IOException {
            try (AdapterStore store = AdapterStore.open(file)) {
                print(
                        "%s: %,d keys, base model %s, fingerprint %s",
                        file, store.size(), ControlCharacters.escaped(store.baseModel()), store.baseFingerprint());
                for (String key : store.keysAfter(after, limit)) {
                    List<StoredVersion> versions = store.versions(key);
                    StoredVersion newest = versions.get(0);
                    print(
                            "%s  version %d of %s, %d kept",
                            ControlCharacters.escaped(key), newest.number(), newest.time(), versions.size());
                }
            }
        }
    }

    @Command(name = "get", sortOptions = false, description = "Writes a key's adapter as a folder.")
    static final class Get extends OnStore {
        @Parameters(paramLabel = "KEY", description = "A key.")
        private String key;

        @Option(names = "--version-number", paramLabel = "N", description = "An earlier version.")
        private Integer version;

        @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "Where to write it.")
        @Names(Names.Use.NEW_FOLDER)
        private Path out;

        @Override
        protected void execute() throws IOException {
            try (AdapterStore store = AdapterStore.open(file)) {
                Optional<PackedAdapter> adapter = version == null ? store.get(key) : store.get(key, version);
                adapter.orElseThrow(() -> version == null
                                ? unknown(file, key)
                                : new BadInput(file + ": there is no version " + version + " of key '" + key + "'"))
                        .write(out);
                print("adapter: %s", out);
            }
        }
    }

    @Command(
            name = "remove",
            sortOptions = false,
            description = "Removes keys with all their versions, and the outcomes of their trainings.")
    static final class Remove extends OnStore {
        @Parameters(paramLabel = "KEY", arity = "1..*", description = "Keys.")
        private List<String> keys;

        @Override
        protected void execute() throws IOException {
            try (AdapterStore store = AdapterStore.open(file)) {
                for (String key : keys) {
                    if (!store.knows(key)) {
                        throw unknown(file, key);
                    }
                }
                for (String key : keys) {
                    store.remove(key);
                }
                print("%s: %,d keys left", file, store.size());
            }
        }
    }

    @Command(
            name = "check",
            sortOptions = false,
            description = "Reads and checks all versions of all keys, and all blocks.")
    static final class Check extends OnStore {
        @Override
        protected void execute() throws IOException {
            try (AdapterStore store = AdapterStore.open(file)) {
                Map<String, String> complaints = store.check();
                complaints.forEach(
                        (version, complaint) -> out().println(ControlCharacters.escaped(version + ": " + complaint)));
                BadInput.throwIf(
                        !complaints.isEmpty(), file + ": damaged, see the " + complaints.size() + " lines above");
                print("%s: %,d keys, all intact", file, store.size());
            }
        }
    }

    @Command(
            name = "compact",
            sortOptions = false,
            description = "Rewrites the file to free the space of replaced and removed adapters.")
    static final class Compact extends OnStore {
        @Override
        protected void execute() throws IOException {
            long before = Files.exists(file) ? Files.size(file) : 0;
            AdapterStore.compact(file);
            print("%s: %,d bytes, before %,d", file, Files.size(file), before);
        }
    }

    @Command(
            name = "recover",
            sortOptions = false,
            description = "Copies what can be read of a damaged store to a new one, and says what is missing.")
    static final class Recover extends OnStore {
        @Names(Names.Use.NEW_FILE)
        @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new store's file.")
        private Path out;

        @Override
        protected void execute() throws IOException {
            List<String> missing = AdapterStore.recover(file, out);
            missing.forEach(line -> out().println(ControlCharacters.escaped(line)));
            try (AdapterStore store = AdapterStore.open(out)) {
                print("%s: %,d keys, %d complaints", out, store.size(), missing.size());
            }
        }
    }
}
