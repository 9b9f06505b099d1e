package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.io.internal.JsonFile;

/** All cases of the kit, and its manifest. */
final class ConformanceKit {

    static final Path FOLDER = Path.of("docs", "conformance");
    /** Of the manifest and of what a port is called with; SPEC.md says what may change without a new one. */
    private static final int VERSION = 1;

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
        return cases;
    }

    /** Writes cases, manifest and, by the library, what is expected, in place of what is there. */
    static void write(Path kit) throws IOException {
        for (String part : List.of("cases", "expected")) {
            delete(kit.resolve(part));
        }
        writeCases(kit);
        run(kit, kit.resolve("expected"));
    }

    /** The library's outputs for all cases of a kit, a folder per case. */
    static void run(Path kit, Path outputs) throws IOException {
        for (KitCase one : cases()) {
            LibraryPort.run(kit.resolve("cases").resolve(one.name), outputs.resolve(one.name));
        }
    }

    /** Writes cases and manifest. */
    static void writeCases(Path kit) throws IOException {
        ObjectNode manifest = JsonFile.newObject();
        manifest.put("kit_version", VERSION);
        ArrayNode listed = manifest.putArray("cases");
        for (KitCase one : cases()) {
            Path folder = kit.resolve("cases").resolve(one.name);
            one.write(folder);
            ObjectNode entry = listed.addObject();
            entry.put("name", one.name).put("capability", one.capability).put("since", VERSION);
            ArrayNode inputs = entry.putArray("inputs");
            files(folder).forEach(inputs::add);
            if (one.settings.has("folders")) {
                entry.set("folders", one.settings.get("folders"));
            }
            entry.set("outputs", one.outputs);
        }
        JsonFile.write(kit.resolve("manifest.json"), manifest);
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
