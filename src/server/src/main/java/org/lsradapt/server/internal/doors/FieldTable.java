package org.lsradapt.server.internal.doors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * The fields of a door's requests: the fields that it reads, the fields that change no answer and are ignored, and the fields that it
 * takes with the values alone that say what it does anyway. All others are refused by name. A field that is null counts as missing.
 */
final class FieldTable {
    private final Set<String> read = new LinkedHashSet<>();
    private final Set<String> ignored = new LinkedHashSet<>();
    private final Map<String, List<JsonNode>> fixed = new LinkedHashMap<>();

    private FieldTable() {}

    static FieldTable reads(String... names) {
        return new FieldTable().alsoReads(names);
    }

    FieldTable alsoReads(String... names) {
        read.addAll(List.of(names));
        return this;
    }

    FieldTable ignores(String... names) {
        ignored.addAll(List.of(names));
        return this;
    }

    /** Adds a field that is taken with these values alone. */
    FieldTable takes(String name, Object... values) {
        fixed.put(name, Arrays.stream(values).map(JsonFile::node).toList());
        return this;
    }

    /** Adds fields that are taken when they are false or empty. */
    FieldTable takesOff(String... names) {
        for (String name : names) {
            takes(name, false, "", List.of(), Map.of());
        }
        return this;
    }

    /** Refuses the first field that is not in this table, or has a value that the door does not take. */
    void check(JsonFields fields) throws IOException {
        for (String name : fields.names()) {
            List<JsonNode> values = fixed.get(name);
            if (values != null) {
                fields.requireOneOf(name, values);
            } else if (!read.contains(name) && !ignored.contains(name) && !fields.isAbsent(name)) {
                throw fields.unknown(name, read);
            }
        }
    }
}
