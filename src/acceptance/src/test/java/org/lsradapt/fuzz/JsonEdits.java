package org.lsradapt.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Edits of a JSON file's values, of a line's of JSON lines, or of a safetensors file's header with its length. */
final class JsonEdits {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int LENGTH_BYTES = 8;
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "\"\"",
            "[]",
            "{}",
            "\"a\"",
            "\"NaN\"",
            "[0]",
            "[-1]",
            "[1,1]",
            "[2147483647]",
            "[4294967296,4294967296]",
            "[null]",
            "{\"a\":{\"a\":{}}}",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../x\"",
            "\"" + "a".repeat(300) + "\"",
            "\"(a+)+$\"",
            "[".repeat(60) + "]".repeat(60));

    private final Program program;

    private JsonEdits(Program program) {
        this.program = program;
    }

    /** The same content with one edit, or itself if it holds no JSON. */
    static byte[] apply(String name, byte[] content, Program program) {
        JsonEdits edits = new JsonEdits(program);
        if (name.endsWith(".jsonl")) {
            return edits.line(content);
        }
        return name.endsWith(".safetensors") ? edits.header(content) : edits.whole(content);
    }

    private byte[] line(byte[] content) {
        List<String> lines =
                new ArrayList<>(Arrays.asList(new String(content, StandardCharsets.UTF_8).split("\n", -1)));
        int chosen = program.below(lines.size());
        byte[] edited = whole(lines.get(chosen).getBytes(StandardCharsets.UTF_8));
        lines.set(chosen, new String(edited, StandardCharsets.UTF_8));
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] header(byte[] content) {
        long length = content.length < LENGTH_BYTES
                ? -1
                : ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > content.length - LENGTH_BYTES) {
            return content;
        }
        byte[] header = whole(Arrays.copyOfRange(content, LENGTH_BYTES, LENGTH_BYTES + (int) length));
        byte[] withLength = ByteBuffer.allocate(LENGTH_BYTES + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
        return Edits.spliced(content, 0, LENGTH_BYTES + (int) length, withLength);
    }

    private byte[] whole(byte[] content) {
        try {
            JsonNode root = MAPPER.readTree(new String(content, StandardCharsets.UTF_8));
            List<ContainerNode<?>> containers = new ArrayList<>();
            collect(root, containers);
            if (containers.isEmpty()) {
                return content;
            }
            ContainerNode<?> chosen = containers.get(program.below(containers.size()));
            if (chosen instanceof ObjectNode object) {
                edit(object, containers);
            } else {
                edit((ArrayNode) chosen, containers);
            }
            return MAPPER.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
        if (node instanceof ContainerNode<?> container && (!container.isEmpty() || containers.isEmpty())) {
            containers.add(container);
            container.forEach(child -> collect(child, containers));
        }
    }

    private void edit(ObjectNode object, List<ContainerNode<?>> containers) throws IOException {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.isEmpty() ? "" : names.get(program.below(names.size()));
        switch (program.below(8)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(anyName(containers), object.path(name).deepCopy());
            case 2 -> object.set(name, anyNode(containers));
            case 3 ->
                object.set(name, MAPPER.createArrayNode().add(object.path(name).deepCopy()));
            case 4 -> object.set(anyName(containers), value());
            case 5 -> object.put(name, altered(object.path(name).asText()));
            default -> object.set(name, value());
        }
    }

    private void edit(ArrayNode array, List<ContainerNode<?>> containers) throws IOException {
        int index = program.below(array.size());
        switch (program.below(6)) {
            case 0 -> array.remove(index);
            case 1 -> array.add(array.path(index).deepCopy());
            case 2 -> array.insert(index, anyNode(containers));
            case 3 -> {
                int times = program.next();
                for (int i = 0; i < times; i++) {
                    array.add(array.path(index).deepCopy());
                }
            }
            default -> {
                if (index < array.size()) {
                    array.set(index, value());
                }
            }
        }
    }

    private String altered(String text) {
        return switch (program.below(4)) {
            case 0 -> text.substring(0, program.below(text.length()));
            case 1 -> text + text;
            case 2 -> text.repeat(2 + program.below(30));
            default -> text + new String(program.take(1 + program.below(8)), StandardCharsets.UTF_8);
        };
    }

    private String anyName(List<ContainerNode<?>> containers) {
        List<String> names = new ArrayList<>();
        for (ContainerNode<?> container : containers) {
            container.fieldNames().forEachRemaining(names::add);
        }
        return names.isEmpty() ? "" : names.get(program.below(names.size()));
    }

    private JsonNode anyNode(List<ContainerNode<?>> containers) {
        ContainerNode<?> container = containers.get(program.below(containers.size()));
        return container.deepCopy();
    }

    private JsonNode value() throws IOException {
        int choice = program.below(VALUES.size() + Edits.NUMERALS.size() + 4);
        if (choice >= VALUES.size() + Edits.NUMERALS.size()) {
            // Words that the reader compares with come into programs by Jazzer.
            return MAPPER.getNodeFactory()
                    .textNode(new String(program.take(1 + program.below(24)), StandardCharsets.UTF_8));
        }
        String text = choice < VALUES.size() ? VALUES.get(choice) : Edits.NUMERALS.get(choice - VALUES.size());
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return MAPPER.getNodeFactory().textNode(text);
        }
    }
}
