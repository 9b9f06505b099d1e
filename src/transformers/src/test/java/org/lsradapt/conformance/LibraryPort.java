package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The library as a port: {@code LibraryPort CASE_FOLDER OUTPUT_FOLDER}, or several such pairs. */
final class LibraryPort {

    /**
     * What a port reads and writes for one case.
     *
     * @param folder the case's folder
     * @param settings its {@code case.json}
     * @param in its arrays
     * @param outputFolder where folders are written to
     * @param scalars results for {@code output.json}
     * @param out results for {@code output.safetensors}
     */
    record Exchange(
            Path folder,
            ObjectNode settings,
            Map<String, INDArray> in,
            Path outputFolder,
            ObjectNode scalars,
            Map<String, INDArray> out) {}

    /** Computes one case. */
    interface Operation {
        void run(Exchange exchange) throws IOException;
    }

    private static final Map<String, Operation> OPERATIONS = new HashMap<>();

    static {
        SumOperations.addTo(OPERATIONS);
        NumberOperations.addTo(OPERATIONS);
        ConversionOperations.addTo(OPERATIONS);
        TrainingOperations.addTo(OPERATIONS);
        FolderOperations.addTo(OPERATIONS);
        ImportOperations.addTo(OPERATIONS);
        BaselineOperations.addTo(OPERATIONS);
    }

    private LibraryPort() {}

    public static void main(String[] args) throws IOException {
        for (int i = 0; i < args.length; i += 2) {
            run(Path.of(args[i]), Path.of(args[i + 1]));
        }
    }

    static void run(Path caseFolder, Path outputFolder) throws IOException {
        Files.createDirectories(outputFolder);
        Exchange exchange = new Exchange(
                caseFolder,
                JsonFile.readObject(caseFolder.resolve("case.json")),
                KitFiles.readTensors(caseFolder.resolve("input.safetensors")),
                outputFolder,
                JsonFile.newObject(),
                new LinkedHashMap<>());
        OPERATIONS.get(exchange.settings().get("operation").textValue()).run(exchange);
        KitFiles.writeTensors(outputFolder.resolve("output.safetensors"), exchange.out());
        if (!exchange.scalars().isEmpty()) {
            JsonFile.write(outputFolder.resolve("output.json"), exchange.scalars());
        }
    }
}
