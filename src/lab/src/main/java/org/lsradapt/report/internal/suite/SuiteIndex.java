package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/** Reads and writes {@code suite.json}, the list of all cells. */
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
        JsonFields root = new JsonFields(file.toString(), JsonFile.readObject(file));
        int format = root.integer("format");
        if (format != FORMAT) {
            throw new IOException(file + ": format is " + format + ", expected " + FORMAT);
        }
        Map<String, SuiteCell> cells = new LinkedHashMap<>();
        for (JsonFields fields : root.objects("cells")) {
            SuiteCell cell = cell(fields);
            if (cells.put(cell.name(), cell) != null) {
                throw fields.failure("name", "found \"" + cell.name() + "\" again, expected each name once");
            }
        }
        return List.copyOf(cells.values());
    }

    private static SuiteCell cell(JsonFields cell) throws IOException {
        String name = cell.text("name");
        // A name is part of paths, so it must not lead outside of the suite's folder.
        if (!name.matches("(?U)[\\p{Alnum}=+-][\\p{Alnum}.=+_-]*")) {
            throw cell.failure("name", "found \"" + name + "\", expected the name as a suite gives it");
        }
        FileNames.path(name, complaint -> cell.failure("name", complaint));
        List<String> arguments = cell.texts("arguments");
        if (arguments.isEmpty()) {
            throw cell.failure("arguments", "found none, expected those of finetune");
        }
        String method = cell.text("method");
        return new SuiteCell(
                name,
                cell.text("model"),
                cell.text("task"),
                method,
                cell.text("tuned", method),
                cell.longInteger("seed"),
                arguments);
    }
}
