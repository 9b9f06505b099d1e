package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.serving.AdapterSource;
import org.lsradapt.store.AdapterStore;

/**
 * Adapters by key in a folder on any Hadoop file system: stores, among which the keys are divided by their hashes. A store is
 * a file that one process has open, so each process copies those that it needs to its disk. Many threads may use it.
 */
final class KeyedStore implements AdapterSource, AutoCloseable {
    private static final String COMPLETE = "_SUCCESS";

    /** The beginning of the names of files that are not yet complete. */
    private static final String BEGUN = "_begun-";

    private static final Pattern NAME = Pattern.compile("part-\\d+-of-(\\d+)\\.store");

    private final Path folder;
    private final FileSystem files;
    private final FrozenModel base;
    private final int count;
    private final java.nio.file.Path copies;
    private final Map<Integer, AdapterStore> open = new HashMap<>();

    KeyedStore(String folder, FrozenModel base) throws IOException {
        this.folder = new Path(folder);
        this.base = base;
        files = this.folder.getFileSystem(hadoop());
        count = parts(folder, hadoop());
        copies = Files.createTempDirectory("lsr-keys");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtil.fullyDelete(copies.toFile())));
    }

    private static Configuration hadoop() {
        return SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf());
    }

    /** The number of parts, which the name of each has; 0 if there are none. */
    static int parts(String folder, Configuration hadoop) throws IOException {
        Path path = new Path(folder);
        FileSystem files = path.getFileSystem(hadoop);
        if (!files.exists(path)) {
            return 0;
        }
        return Arrays.stream(files.listStatus(path))
                .map(file -> NAME.matcher(file.getPath().getName()))
                .filter(Matcher::matches)
                .mapToInt(name -> Integer.parseInt(name.group(1)))
                .findFirst()
                .orElse(0);
    }

    private static String name(int part, int count) {
        return String.format(Locale.ROOT, "part-%05d-of-%05d.store", part, count);
    }

    /** Returns a number that changes when the folder is written again. */
    static long version(String folder, Configuration hadoop) throws IOException {
        Path complete = new Path(folder, COMPLETE);
        FileSystem files = complete.getFileSystem(hadoop);
        Require.argument(
                files.exists(complete),
                "%s: there is no file %s, expected a folder that LsrKeyedClassifier has completed",
                folder,
                COMPLETE);
        return files.getFileStatus(complete).getModificationTime();
    }

    /** Begins to write a folder, new or of as many parts. */
    static void begin(String folder, int parts, Configuration hadoop) throws IOException {
        int found = parts(folder, hadoop);
        Require.argument(
                found == 0 || found == parts,
                "%s: has %d parts, expected parts = %d to train it further, or a new folder",
                folder,
                found,
                found);
        Path complete = new Path(folder, COMPLETE);
        complete.getFileSystem(hadoop).delete(complete, false);
    }

    /** Ends writing: removes what lost tasks have left; the folder is complete, with a table of the outcomes. */
    static void end(String folder, String outcomes, Configuration hadoop) throws IOException {
        Path left = new Path(folder, BEGUN + "*");
        FileSystem files = left.getFileSystem(hadoop);
        for (FileStatus file : files.globStatus(left)) {
            files.delete(file.getPath(), false);
        }
        HadoopStore written = new HadoopStore(folder, hadoop);
        written.write("outcomes.csv", out -> out.write(outcomes.getBytes(StandardCharsets.UTF_8)));
        written.write(COMPLETE, out -> {});
    }

    /** A part, and the number of the attempt to write it. */
    record Part(int index, int count, long attempt) {
        private String name() {
            return KeyedStore.name(index, count);
        }
    }

    /** Uses a store. */
    @FunctionalInterface
    interface Use<T> {
        T of(AdapterStore store) throws IOException;
    }

    /**
     * Writes a part in a task: continues the part that is there, if any, and replaces it as a whole. A task that is lost
     * leaves the old part; tasks that run twice write equal ones.
     */
    static <T> T write(String folder, Part part, FrozenModel base, Use<T> use) throws IOException {
        Path target = new Path(folder, part.name());
        FileSystem files = target.getFileSystem(hadoop());
        java.nio.file.Path local = Files.createTempDirectory("lsr-keys");
        try {
            java.nio.file.Path file = local.resolve(part.name());
            if (files.exists(target)) {
                files.copyToLocalFile(false, target, new Path(file.toUri()), true);
            }
            T result;
            try (AdapterStore store = AdapterStore.open(file, base)) {
                result = use.of(store);
            }
            Path begun = new Path(folder, BEGUN + part.attempt + "-" + part.name());
            files.copyFromLocalFile(true, true, new Path(file.toUri()), begun);
            files.delete(target, false);
            if (!files.rename(begun, target)) {
                throw new IOException(target + ": cannot be written: renaming " + begun + " failed");
            }
            return result;
        } finally {
            FileUtil.fullyDelete(local.toFile());
        }
    }

    boolean has(String key) {
        try {
            return version(key).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private synchronized AdapterStore part(String key) throws IOException {
        // As Spark's HashPartitioner divides them.
        int part = Math.floorMod(key.hashCode(), count);
        AdapterStore store = open.get(part);
        if (store == null) {
            java.nio.file.Path file = copies.resolve(name(part, count));
            files.copyToLocalFile(false, new Path(folder, name(part, count)), new Path(file.toUri()), true);
            store = AdapterStore.open(file, base);
            open.put(part, store);
        }
        return store;
    }

    @Override
    public OptionalLong version(String key) throws IOException {
        return part(key).version(key);
    }

    @Override
    public Optional<Versioned> find(String key) throws IOException {
        return part(key).find(key);
    }

    @Override
    public String name() {
        return folder.toString();
    }

    @Override
    public synchronized void close() {
        open.values().forEach(AdapterStore::close);
        FileUtil.fullyDelete(copies.toFile());
    }
}
