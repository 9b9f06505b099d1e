package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;

/** The columns of the table that an adapter was trained on, in a file of its folder, by the options that name them. */
public final class AdapterColumns {
    private static final String NAME = "columns.json";

    private AdapterColumns() {}

    /** Writes columns to an adapter's folder, or removes the file if there are none. */
    public static void write(Path adapter, Map<String, List<String>> columns) throws IOException {
        if (columns.isEmpty()) {
            Files.deleteIfExists(adapter.resolve(NAME));
        } else {
            AtomicFile.write(adapter.resolve(NAME), (JsonFile.line(columns) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Reads the columns in an adapter's folder.
     *
     * @return the names by option, such as {@code text}; empty without the file
     * @throws IOException if the file is malformed
     */
    public static Map<String, List<String>> read(Path adapter) throws IOException {
        Path saved = adapter.resolve(NAME);
        Map<String, List<String>> columns = new LinkedHashMap<>();
        if (Files.isRegularFile(saved)) {
            JsonFields fields = new JsonFields(saved.toString(), JsonFile.readObject(saved));
            for (String name : fields.names()) {
                columns.put(name, fields.texts(name));
            }
        }
        return columns;
    }
}
