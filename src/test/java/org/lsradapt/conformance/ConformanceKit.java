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

    private ConformanceKit() {}

    static List<KitCase> cases() {
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
        for (KitCase made : cases()) {
            LibraryPort.run(kit.resolve("cases").resolve(made.name), outputs.resolve(made.name));
        }
    }

    /** Writes cases and manifest. */
    static void writeCases(Path kit) throws IOException {
        ObjectNode manifest = JsonFile.newObject();
        manifest.put("kit_version", VERSION);
        ArrayNode listed = manifest.putArray("cases");
        for (KitCase made : cases()) {
            Path folder = kit.resolve("cases").resolve(made.name);
            made.write(folder);
            ObjectNode entry = listed.addObject();
            entry.put("name", made.name).put("capability", made.capability).put("since", VERSION);
            ArrayNode inputs = entry.putArray("inputs");
            files(folder).forEach(inputs::add);
            if (made.settings.has("folders")) {
                entry.set("folders", made.settings.get("folders"));
            }
            entry.set("outputs", made.outputs);
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
