package org.lsradapt.spark.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.serving.MultiAdapterModel;

/** The files of an adapter's folder in memory, by name; small enough to travel with a model and to executors. */
public record AdapterFiles(TreeMap<String, byte[]> content) implements Serializable {

    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} ._-]*");

    @FunctionalInterface
    public interface Saving {
        void into(Path folder) throws IOException;
    }

    /** Refuses names of no valid folder, also those that begin with a dot or underscore, which Hadoop ignores. */
    public static void requireName(String name) {
        Require.argument(
                NAME.matcher(name).matches() && !name.equals(MultiAdapterModel.BASE),
                "adapter '%s': expected a name of letters, digits, spaces, '-', '_' and '.' that begins with a letter or a digit,"
                        + " and is not '%s', which stands for none",
                name,
                MultiAdapterModel.BASE);
    }

    public static AdapterFiles of(Saving saving) throws IOException {
        return inTemporary(folder -> {
            Path saved = folder.resolve("adapter");
            saving.into(saved);
            TreeMap<String, byte[]> content = new TreeMap<>();
            try (Stream<Path> files = Files.list(saved)) {
                for (Path file : files.toList()) {
                    content.put(file.getFileName().toString(), Files.readAllBytes(file));
                }
            }
            return new AdapterFiles(content);
        });
    }

    public static AdapterFiles read(org.apache.hadoop.fs.Path folder, Configuration hadoop) throws IOException {
        FileSystem files = folder.getFileSystem(hadoop);
        TreeMap<String, byte[]> content = new TreeMap<>();
        for (FileStatus file : files.listStatus(folder)) {
            if (file.isFile() && !file.getPath().getName().startsWith(".")) {
                try (FSDataInputStream in = files.open(file.getPath())) {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    in.transferTo(bytes);
                    content.put(file.getPath().getName(), bytes.toByteArray());
                }
            }
        }
        return new AdapterFiles(content);
    }

    public AdapterFiles write(org.apache.hadoop.fs.Path folder, Configuration hadoop) throws IOException {
        FileSystem files = folder.getFileSystem(hadoop);
        for (var file : content.entrySet()) {
            try (OutputStream out = files.create(new org.apache.hadoop.fs.Path(folder, file.getKey()), false)) {
                out.write(file.getValue());
            }
        }
        return this;
    }

    /**
     * Loads the adapter; the caller closes it.
     */
    public SavedAdapter load() throws IOException {
        return inFolder(AdapterFolder::load);
    }

    /** Runs {@code use} on a temporary local folder with the files, and deletes the folder afterwards. */
    public <T> T inFolder(Use<T> use) throws IOException {
        return inTemporary(folder -> {
            for (var file : content.entrySet()) {
                Files.write(folder.resolve(file.getKey()), file.getValue());
            }
            return use.of(folder);
        });
    }

    @FunctionalInterface
    public interface Use<T> {
        T of(Path folder) throws IOException;
    }

    private static <T> T inTemporary(Use<T> use) throws IOException {
        Path folder = Files.createTempDirectory("lsr-adapter");
        try {
            return use.of(folder);
        } finally {
            FileUtil.fullyDelete(folder.toFile());
        }
    }
}
