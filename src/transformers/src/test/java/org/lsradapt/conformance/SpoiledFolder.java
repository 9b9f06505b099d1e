package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.lsradapt.adapters.Resealed;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An adapter folder that {@code base} writes and {@code spoiler} changes; what must still fit afterwards does. */
record SpoiledFolder(Base base, Spoiler spoiler) {
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";

    interface Base {
        void save(Path folder) throws IOException;
    }

    interface Spoiler {
        void spoil(Path folder) throws IOException;
    }

    /** What a base writes is kept: the library forces each file to the disk, which is slow for hundreds. */
    private static final Map<Base, Map<String, byte[]>> WRITTEN = new HashMap<>();

    void save(Path folder) throws IOException {
        Map<String, byte[]> files = WRITTEN.get(base);
        if (files == null) {
            base.save(folder);
            files = new LinkedHashMap<>();
            for (String file : ConformanceKit.files(folder)) {
                files.put(file, Files.readAllBytes(folder.resolve(file)));
            }
            WRITTEN.put(base, files);
        } else {
            Files.createDirectories(folder);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(folder.resolve(file.getKey()), file.getValue());
            }
        }
        spoiler.spoil(folder);
    }

    /** Other bytes than the checksum is of. */
    static SpoiledFolder bytes(Base base, UnaryOperator<byte[]> change) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            Files.write(file, change.apply(Files.readAllBytes(file)));
        });
    }

    /** Another configuration, with the seal and the checksum that it has. */
    static SpoiledFolder text(Base base, String from, String to) {
        return new SpoiledFolder(base, folder -> {
            replace(folder, from, to);
            reseal(folder);
        });
    }

    /** Another configuration, with the seal of the one that it was. */
    static SpoiledFolder altered(Base base, String from, String to) {
        return new SpoiledFolder(base, folder -> replace(folder, from, to));
    }

    /** As {@link #text}, by its fields. */
    static SpoiledFolder config(Base base, Consumer<ObjectNode> change) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(CONFIG);
            ObjectNode root = JsonFile.readObject(file);
            change.accept(root);
            Files.write(file, JsonFile.bytes(root));
            reseal(folder);
        });
    }

    private static void replace(Path folder, String from, String to) throws IOException {
        Path file = folder.resolve(CONFIG);
        Files.writeString(file, replaced(file, Files.readString(file), from, to));
    }

    private static String replaced(Path file, String text, String from, String to) {
        int at = text.indexOf(from);
        if (at < 0) {
            throw new IllegalStateException(file + " does not have " + from + ": " + text);
        }
        return text.substring(0, at) + to + text.substring(at + from.length());
    }

    private static void reseal(Path folder) throws IOException {
        Path config = folder.resolve(CONFIG);
        Path tensors = folder.resolve(TENSORS);
        Files.write(tensors, Resealed.tensors(Files.readAllBytes(tensors), Files.readAllBytes(config)));
        fit(folder);
    }

    /** Gives the configuration length and checksum of the tensor file, which the seal does not depend on. */
    private static void fit(Path folder) throws IOException {
        Path config = folder.resolve(CONFIG);
        Files.write(config, Resealed.config(Files.readAllBytes(config), Files.readAllBytes(folder.resolve(TENSORS))));
    }

    /** Other tensors, with the length and the checksum that they have. */
    static SpoiledFolder tensors(Base base, Consumer<Map<String, INDArray>> change) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            Map<String, INDArray> all = KitFiles.readTensors(file);
            Map<String, String> metadata;
            try (SafeTensors before = SafeTensors.open(file)) {
                metadata = before.metadata();
            }
            change.accept(all);
            SafeTensors.write(file, all, metadata);
            fit(folder);
        });
    }

    /** The same tensors without the seal. */
    static SpoiledFolder unsealed(Base base) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            SafeTensors.write(file, KitFiles.readTensors(file), Map.of("format", "pt"));
            fit(folder);
        });
    }

    /** Another tensor file, with the length and the checksum that it has. */
    static SpoiledFolder file(Base base, UnaryOperator<byte[]> change) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            Files.write(file, change.apply(Files.readAllBytes(file)));
            fit(folder);
        });
    }

    /** Another header of the tensor file, before the same data. */
    static SpoiledFolder header(Base base, String from, String to) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            replaceHeader(folder, replaced(file, header(Files.readAllBytes(file)), from, to));
        });
    }

    static void replaceHeader(Path folder, String header) throws IOException {
        Path file = folder.resolve(TENSORS);
        Files.write(file, joined(header, data(Files.readAllBytes(file))));
        fit(folder);
    }

    /** Another text of the header, before the same data. */
    static void changeHeader(Path folder, UnaryOperator<String> change) throws IOException {
        replaceHeader(folder, change.apply(header(Files.readAllBytes(folder.resolve(TENSORS)))));
    }

    /** Another header and other data. */
    static SpoiledFolder layout(Base base, Consumer<ObjectNode> change, UnaryOperator<byte[]> data) {
        return new SpoiledFolder(base, folder -> {
            Path file = folder.resolve(TENSORS);
            byte[] bytes = Files.readAllBytes(file);
            ObjectNode header = (ObjectNode) new ObjectMapper().readTree(header(bytes));
            change.accept(header);
            Files.write(file, joined(header.toString(), data.apply(data(bytes))));
            fit(folder);
        });
    }

    /** Puts the tensors' data in the opposite order, and leaves the header in the order that it has. */
    static void reverseData(Path folder) throws IOException {
        Path file = folder.resolve(TENSORS);
        byte[] bytes = Files.readAllBytes(file);
        byte[] data = data(bytes);
        ObjectNode header = (ObjectNode) new ObjectMapper().readTree(header(bytes));
        List<String> names = new ArrayList<>(
                header.properties().stream().map(Map.Entry::getKey).toList());
        names.remove("__metadata__");
        Collections.reverse(names);
        byte[] reversed = new byte[data.length];
        int reached = 0;
        for (String name : names) {
            ArrayNode offsets = (ArrayNode) header.get(name).get("data_offsets");
            int from = offsets.get(0).intValue();
            int length = offsets.get(1).intValue() - from;
            System.arraycopy(data, from, reversed, reached, length);
            offsets.removeAll().add(reached).add(reached + length);
            reached += length;
        }
        Files.write(file, joined(header.toString(), reversed));
        fit(folder);
    }

    private static int headerLength(byte[] bytes) {
        return (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static String header(byte[] bytes) {
        return new String(bytes, 8, headerLength(bytes), StandardCharsets.UTF_8).trim();
    }

    private static byte[] data(byte[] bytes) {
        int begin = 8 + headerLength(bytes);
        return Arrays.copyOfRange(bytes, begin, bytes.length);
    }

    private static byte[] joined(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        int length = (text.length + 7) / 8 * 8;
        ByteBuffer file = ByteBuffer.allocate(8 + length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(length).put(text);
        while (file.position() < 8 + length) {
            file.put((byte) ' ');
        }
        return file.put(data).array();
    }
}
