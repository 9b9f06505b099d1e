package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** Copies on the local disk of what lies on a Hadoop file system. */
final class LocalCopy {

    private LocalCopy() {}

    /**
     * Copies a folder or a file.
     *
     * @return the copy, of the same name in a new folder, which is removed when the process ends
     */
    static Path of(String uri, Configuration hadoop) throws IOException {
        org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(uri);
        FileSystem files = source.getFileSystem(hadoop);
        Path folder = Files.createTempDirectory("lsr-base");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        Path copy = folder.resolve(source.getName());
        files.copyToLocalFile(false, source, new org.apache.hadoop.fs.Path(copy.toUri()), true);
        return copy;
    }

    /** Deletes a folder and all below it. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
