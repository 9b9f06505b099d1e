package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.lsradapt.io.internal.JsonFile;

/** Folders with one field each that is missing, or of another type. */
final class RefusedFields {
    private final Map<String, SpoiledFolder> flaws = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();

    private RefusedFields() {}

    /** Each field missing, and of another type. */
    static KitCase make() {
        RefusedFields folders = new RefusedFields();
        folders.addFields("", RefusedFolders.ALONE, Map.of("adapters", RefusedFolders::adapter));
        folders.addFields("head-", RefusedFolders.HEAD, Map.of("task", at("task"), "head", at("head")));
        folders.addFields("embedding-", RefusedFolders.EMBEDDING, Map.of("embedding", at("embedding")));
        return RefusedFolders.make("fields-refused", "folders-refused", folders.flaws);
    }

    private static Function<ObjectNode, ObjectNode> at(String field) {
        return root -> (ObjectNode) root.get(field);
    }

    /** Of the root, and of objects in it; a field that has been in a folder of another prefix is left out. */
    private void addFields(
            String prefix, SpoiledFolder.Base base, Map<String, Function<ObjectNode, ObjectNode>> objects) {
        try {
            Path folder = Files.createTempDirectory("lsr-conformance");
            new SpoiledFolder(base, written -> {}).save(folder);
            ObjectNode root = JsonFile.readObject(folder.resolve("adapter_config.json"));
            for (String file : ConformanceKit.files(folder)) {
                Files.delete(folder.resolve(file));
            }
            Files.delete(folder);
            addFields(prefix, base, root, same -> same);
            for (Map.Entry<String, Function<ObjectNode, ObjectNode>> object : new TreeMap<>(objects).entrySet()) {
                addFields(
                        prefix + object.getKey() + "-", base, object.getValue().apply(root), object.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addFields(
            String prefix, SpoiledFolder.Base base, ObjectNode object, Function<ObjectNode, ObjectNode> find) {
        for (String field :
                List.copyOf(object.properties().stream().map(Map.Entry::getKey).toList())) {
            // What ends with a seal has none where it is missing or no object.
            if (!field.equals("tensors") && seen.add(prefix.replace("head-", "").replace("embedding-", "") + field)) {
                flaws.put(
                        prefix + field + "-less",
                        SpoiledFolder.config(base, root -> find.apply(root).remove(field)));
                putOtherType(prefix + field, base, field, object.get(field), find);
            }
        }
    }

    private void putOtherType(
            String name, SpoiledFolder.Base base, String field, JsonNode value, Function<ObjectNode, ObjectNode> find) {
        JsonNode other = value.isTextual() ? IntNode.valueOf(4) : TextNode.valueOf(value.asText("4"));
        flaws.put(
                name + "-of-other-type",
                SpoiledFolder.config(base, root -> find.apply(root).set(field, other)));
        if (value.isIntegralNumber()) {
            flaws.put(
                    name + "-with-point",
                    SpoiledFolder.config(base, root -> find.apply(root).put(field, value.doubleValue())));
        } else if (value.isArray() && !field.equals("adapters")) {
            JsonNode entry = field.endsWith("_factors") ? DoubleNode.valueOf(4) : IntNode.valueOf(4);
            flaws.put(
                    name + "-entry",
                    SpoiledFolder.config(
                            base, root -> ((ArrayNode) find.apply(root).get(field)).add(entry)));
        } else if (value.isBoolean()) {
            flaws.put(
                    name + "-as-number",
                    SpoiledFolder.config(base, root -> find.apply(root).put(field, 1)));
        } else {
            flaws.put(
                    name + "-null",
                    SpoiledFolder.config(base, root -> find.apply(root).putNull(field)));
        }
    }
}
