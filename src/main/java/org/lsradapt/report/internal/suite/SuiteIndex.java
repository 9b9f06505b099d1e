package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.io.internal.JsonFile;

/** {@code suite.json}: all cells of a suite. */
final class SuiteIndex {
    private static final int FORMAT = 1;

    private SuiteIndex() {}

    static void write(Path file, Collection<SuiteCell> cells) throws IOException {
        ObjectNode root = JsonFile.newObject();
        root.put("format", FORMAT);
        ArrayNode all = root.putArray("cells");
        for (SuiteCell cell : cells) {
            ObjectNode node = all.addObject();
            node.put("name", cell.name());
            node.put("model", cell.model());
            node.put("task", cell.task());
            node.put("method", cell.method());
            if (!cell.tuned().equals(cell.method())) {
                node.put("tuned", cell.tuned());
            }
            node.put("seed", cell.seed());
            cell.arguments().forEach(node.putArray("arguments")::add);
        }
        JsonFile.write(file, root);
    }

    static List<SuiteCell> read(Path file) throws IOException {
        ObjectNode root = JsonFile.readObject(file);
        JsonNode format = root.path("format");
        JsonNode all = root.path("cells");
        if (format.intValue() != FORMAT || !all.isArray()) {
            throw new IOException(file + ": format is " + format + ", expected " + FORMAT + " and a list of cells");
        }
        List<SuiteCell> cells = new ArrayList<>();
        for (JsonNode node : all) {
            cells.add(cell(file, node));
        }
        return cells;
    }

    private static SuiteCell cell(Path file, JsonNode node) throws IOException {
        List<String> arguments = new ArrayList<>();
        node.path("arguments").forEach(argument -> arguments.add(argument.asText()));
        boolean whole = Stream.of("name", "model", "task", "method").allMatch(field -> node.path(field).isTextual());
        // A name leads to files, so it may lead nowhere else.
        if (!whole || !node.path("seed").isIntegralNumber() || arguments.isEmpty()
                || !node.get("name").textValue().matches("(?U)[\\p{Alnum}=+-][\\p{Alnum}.=+_-]*")) {
            throw new IOException(file + ": found a cell " + node
                    + ", expected name, model, task, method, seed and arguments; the name as a suite gives it");
        }
        return new SuiteCell(
                node.get("name").textValue(),
                node.get("model").textValue(),
                node.get("task").textValue(),
                node.get("method").textValue(),
                node.path("tuned").asText(node.get("method").textValue()),
                node.get("seed").longValue(),
                arguments);
    }
}
