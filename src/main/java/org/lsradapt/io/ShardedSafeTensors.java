package org.lsradapt.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Several safetensors files that one index, {@code model.safetensors.index.json} as Hugging Face writes it, makes
 * into one source: its {@code weight_map} says which file, beside the index, holds which tensor.
 */
public final class ShardedSafeTensors implements TensorSource {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final String location;
    private final Map<String, SafeTensors> byName = new LinkedHashMap<>();
    private final Map<String, SafeTensors> shards = new LinkedHashMap<>();

    private ShardedSafeTensors(String location) {
        this.location = location;
    }

    /**
     * Opens an index and every file that it names, and checks that each tensor is where the index says.
     *
     * @param index the JSON file
     * @throws IOException if the index or a file is missing or malformed, or a tensor is not in its file
     */
    public static ShardedSafeTensors open(Path index) throws IOException {
        ShardedSafeTensors source = new ShardedSafeTensors(index.toString());
        try {
            for (Map.Entry<String, JsonNode> entry : weightMap(index).properties()) {
                source.add(index, entry.getKey(), entry.getValue());
            }
            return source;
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private static JsonNode weightMap(Path index) throws IOException {
        if (!Files.isRegularFile(index)) {
            throw new IOException(index + ": there is no such file");
        }
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(index));
        } catch (JsonProcessingException e) {
            throw new IOException(index + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode map = root.path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new IOException(index + ": has no \"weight_map\" object of tensor names and file names");
        }
        return map;
    }

    private void add(Path index, String name, JsonNode fileName) throws IOException {
        String file = fileName.asText();
        if (!fileName.isTextual() || file.isEmpty() || file.contains("/") || file.contains("\\")) {
            throw new IOException(location + ": tensor '" + name + "' is mapped to " + fileName
                    + ", expected the name of a file beside the index");
        }
        SafeTensors shard = shards.get(file);
        if (shard == null) {
            shard = SafeTensors.open(index.resolveSibling(file));
            shards.put(file, shard);
        }
        if (!shard.has(name)) {
            throw new IOException(location + ": tensor '" + name + "' is not in " + file + ", where it should be");
        }
        byName.put(name, shard);
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    @Override
    public long[] shape(String name) {
        return shard(name).shape(name);
    }

    @Override
    public DataType dataType(String name) {
        return shard(name).dataType(name);
    }

    @Override
    public INDArray read(String name) throws IOException {
        return shard(name).read(name);
    }

    private SafeTensors shard(String name) {
        SafeTensors shard = byName.get(name);
        if (shard == null) {
            throw new IllegalArgumentException(location + ": there is no tensor '" + name + "'");
        }
        return shard;
    }

    @Override
    public void close() throws IOException {
        for (SafeTensors shard : shards.values()) {
            shard.close();
        }
    }
}
