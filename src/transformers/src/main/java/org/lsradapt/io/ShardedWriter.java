package org.lsradapt.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.io.internal.JsonFile;

/** Writes several safetensors files and their index; the public entry point is {@link ShardedSafeTensors#write}. */
final class ShardedWriter {

    private static final String INDEX = ".safetensors.index.json";

    private ShardedWriter() {}

    static void write(Path index, TensorSource tensors, Map<String, String> metadata, long maxBytes)
            throws IOException {
        String name = index.getFileName().toString();
        require(name.endsWith(INDEX), "'" + name + "' is not an index file name, expected *" + INDEX);
        require(maxBytes >= 1, "at most " + maxBytes + " bytes in a file, expected at least 1");
        require(!tensors.names().isEmpty(), "no tensors, expected at least one");
        for (String tensor : tensors.names()) {
            SafeTensorsWriter.check(tensor, tensors.dataType(tensor));
        }
        List<List<String>> parts = divide(tensors, maxBytes);
        String stem = name.substring(0, name.length() - INDEX.length());
        List<Path> files = new ArrayList<>();
        for (int i = 1; i <= parts.size(); i++) {
            files.add(index.resolveSibling(
                    String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", stem, i, parts.size())));
        }
        requireFree(index);
        for (Path file : files) {
            requireFree(file);
        }
        try {
            for (int i = 0; i < files.size(); i++) {
                SafeTensorsWriter.write(files.get(i), tensors, parts.get(i), metadata);
            }
            JsonFile.write(index, index(tensors, parts, files));
        } catch (IOException | RuntimeException e) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            throw e;
        }
    }

    private static List<List<String>> divide(TensorSource tensors, long maxBytes) {
        List<List<String>> parts = new ArrayList<>();
        long room = -1;
        for (String name : tensors.names()) {
            long bytes = SafeTensorsWriter.bytes(tensors, name);
            if (room < bytes) {
                parts.add(new ArrayList<>());
                room = maxBytes;
            }
            room -= bytes;
            parts.get(parts.size() - 1).add(name);
        }
        return parts;
    }

    private static ObjectNode index(TensorSource tensors, List<List<String>> parts, List<Path> files) {
        ObjectNode root = JsonFile.newObject();
        long total = 0;
        ObjectNode map = JsonFile.newObject();
        for (int i = 0; i < parts.size(); i++) {
            for (String name : parts.get(i)) {
                total += SafeTensorsWriter.bytes(tensors, name);
                map.put(name, files.get(i).getFileName().toString());
            }
        }
        root.putObject("metadata").put("total_size", total);
        root.set("weight_map", map);
        return root;
    }

    private static void require(boolean condition, String complaint) {
        if (!condition) {
            throw new IllegalArgumentException("safetensors: " + complaint);
        }
    }

    private static void requireFree(Path file) throws IOException {
        if (Files.exists(file)) {
            throw new IOException(file + ": exists, and several files cannot be replaced at one stroke");
        }
    }
}
