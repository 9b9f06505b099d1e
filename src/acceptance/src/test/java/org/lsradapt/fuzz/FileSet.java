package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a reader is given: files by their paths in a folder. The contents are shared, never written to.
 *
 * @param files with / between folders, in a fixed order
 */
record FileSet(Map<String, byte[]> files) {

    /** A set of one file. */
    static FileSet of(String name, byte[] content) {
        return new FileSet(new LinkedHashMap<>(Map.of(name, content)));
    }

    /** The files below a folder whose names are given, or all. */
    static FileSet read(Path folder, String... names) throws IOException {
        List<String> wanted = new ArrayList<>(List.of(names));
        if (wanted.isEmpty()) {
            try (Stream<Path> all = Files.walk(folder)) {
                all.filter(Files::isRegularFile)
                        .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                        .sorted()
                        .forEach(wanted::add);
            }
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : wanted) {
            files.put(name, Files.readAllBytes(folder.resolve(name)));
        }
        return new FileSet(files);
    }

    /** Writes files into a folder. */
    @FunctionalInterface
    interface Writing {
        void write(Path folder) throws IOException;
    }

    /** All files that are written into a folder, which is there for this alone. */
    static FileSet written(Writing writing) throws IOException {
        Path folder = Files.createTempDirectory("lsr-fuzz-seed-");
        try {
            writing.write(folder);
            return read(folder);
        } finally {
            delete(folder);
        }
    }

    /** Removes a folder with all that is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A copy with one more file, or another one of that name. */
    FileSet with(String name, byte[] content) {
        Map<String, byte[]> all = new LinkedHashMap<>(files);
        all.put(name, content);
        return new FileSet(all);
    }

    /** A copy without a file. */
    FileSet without(String name) {
        Map<String, byte[]> all = new LinkedHashMap<>(files);
        all.remove(name);
        return new FileSet(all);
    }

    /** The length of all files. */
    long bytes() {
        return files.values().stream().mapToLong(content -> content.length).sum();
    }
}
