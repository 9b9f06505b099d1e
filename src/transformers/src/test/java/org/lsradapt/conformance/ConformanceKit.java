package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.io.internal.JsonFile;

/** All cases of the kit, and its manifest. */
final class ConformanceKit {

    static final Path FOLDER = Path.of("docs", "conformance");
    /** Of the manifest and of what a port is called with; SPEC.md says what may change without a new one. */
    private static final int VERSION = 2;

    private static List<KitCase> made;

    private ConformanceKit() {}

    /** All cases, made once: some are made of folders that are written for it. */
    static synchronized List<KitCase> cases() {
        if (made == null) {
            made = List.copyOf(make());
        }
        return made;
    }

    private static List<KitCase> make() {
        List<KitCase> cases = new ArrayList<>(SumCases.all());
        cases.addAll(NumberCases.all());
        cases.addAll(ConversionCases.all());
        cases.addAll(TrainingCases.all());
        cases.addAll(FolderCases.all());
        cases.addAll(ImportCases.all());
        cases.addAll(BaselineCases.all());
        cases.addAll(SharedCases.all());
        return cases;
    }

    /**
     * Writes cases, manifest and what is expected, in place of what is there.
     *
     * @param cases the cases' folders
     * @param outputs the library's outputs, a folder per case
     */
    static void write(Path cases, Path outputs) throws IOException {
        for (String part : List.of("cases", "expected")) {
            delete(FOLDER.resolve(part));
        }
        Map<String, Map<String, byte[]>> given = new LinkedHashMap<>();
        Map<String, Map<String, byte[]>> expected = new LinkedHashMap<>();
        for (KitCase one : cases()) {
            add(given.computeIfAbsent(one.container(), any -> new LinkedHashMap<>()), cases, one.name);
            add(expected.computeIfAbsent(one.container(), any -> new LinkedHashMap<>()), outputs, one.name);
        }
        for (String container : given.keySet()) {
            KitContainer.write(FOLDER.resolve("cases").resolve(container + ".json"), given.get(container));
            KitContainer.write(FOLDER.resolve("expected").resolve(container + ".json"), expected.get(container));
        }
        JsonFile.write(FOLDER.resolve("manifest.json"), manifest());
    }

    private static void add(Map<String, byte[]> files, Path folder, String name) throws IOException {
        for (String file : files(folder.resolve(name))) {
            files.put(name + "/" + file, Files.readAllBytes(folder.resolve(name).resolve(file)));
        }
    }

    /** Unpacks the kit to {@code cases} and {@code expected} in a folder, a folder per case. */
    static void unpack(Path folder) throws IOException {
        for (String part : List.of("cases", "expected")) {
            for (String container : files(FOLDER.resolve(part))) {
                KitContainer.unpack(FOLDER.resolve(part).resolve(container), folder.resolve(part));
            }
        }
    }

    /** The library's outputs for cases, a folder per case. */
    static void run(Path cases, Path outputs) throws IOException {
        for (KitCase one : cases()) {
            LibraryPort.run(cases.resolve(one.name), outputs.resolve(one.name));
        }
    }

    /** Writes the cases, a folder each. */
    static void writeCases(Path folder) throws IOException {
        for (KitCase one : cases()) {
            one.write(folder.resolve(one.name));
        }
    }

    static ObjectNode manifest() {
        ObjectNode manifest = JsonFile.newObject();
        manifest.put("kit_version", VERSION);
        ArrayNode listed = manifest.putArray("cases");
        for (KitCase one : cases()) {
            ObjectNode entry = listed.addObject();
            entry.put("name", one.name)
                    .put("capability", one.capability)
                    .put("since", one.since())
                    .put("container", one.container());
            entry.set("outputs", OutputRules.of(one));
        }
        return manifest;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** The files below a folder by their relative names, sorted. */
    static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }
}
