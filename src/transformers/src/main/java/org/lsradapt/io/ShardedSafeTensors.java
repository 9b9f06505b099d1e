package org.lsradapt.io;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Several safetensors files that an index makes into one source. The {@code weight_map} of the index, which is
 * {@code model.safetensors.index.json} in Hugging Face's folders, names the file of each tensor, in the index's folder.
 */
public final class ShardedSafeTensors implements TensorSource {

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
        try (CloseOnFailure opened = new CloseOnFailure()) {
            ShardedSafeTensors source = opened.add(new ShardedSafeTensors(index.toString()));
            for (Map.Entry<String, JsonNode> entry : weightMap(index).properties()) {
                source.add(index, entry.getKey(), entry.getValue());
            }
            return opened.release(source);
        }
    }

    /**
     * Writes tensors into files of a bounded size and an index: {@code model.safetensors.index.json} makes
     * {@code model-00001-of-00003.safetensors} and so on. A file has as many tensors, in the source's order, as fit; one that
     * is larger than the bound has a file to itself. Every file is written as a whole (see {@link AtomicFile}), the
     * index last, so an incomplete set of files has no index. No file is replaced, since several files cannot be
     * replaced atomically.
     *
     * @param index the index to create, in a folder that exists; ends with {@code .safetensors.index.json}
     * @param tensors the tensors to write; each is read once; stays open
     * @param metadata strings kept in the header of each file; may be empty
     * @param maxBytes largest number of tensor bytes in a file, at least 1
     * @throws IllegalArgumentException if the index is named otherwise, there are no tensors, the bound is below 1, or
     *     in the cases of {@link SafeTensors#write(Path, TensorSource, Map)}
     * @throws IOException if a file of one of the names exists, a tensor cannot be read, or a file cannot be written,
     *     in which case the files written before are removed
     */
    public static void write(Path index, TensorSource tensors, Map<String, String> metadata, long maxBytes)
            throws IOException {
        ShardedWriter.write(index, tensors, metadata, maxBytes);
    }

    private static JsonNode weightMap(Path index) throws IOException {
        JsonNode map = JsonFile.readObject(index).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new IOException(index + ": has no \"weight_map\" object of tensor names and file names");
        }
        return map;
    }

    private void add(Path index, String name, JsonNode fileName) throws IOException {
        String file = fileName.asText();
        if (!fileName.isTextual() || file.matches("\\.{0,2}") || file.contains("/") || file.contains("\\")) {
            throw new IOException(location + ": tensor '" + name + "' is mapped to " + fileName
                    + ", expected the name of a file next to the index");
        }
        SafeTensors shard = shards.get(file);
        if (shard == null) {
            shard = SafeTensors.open(beside(index, name, file));
            shards.put(file, shard);
        }
        if (!shard.has(name)) {
            throw new IOException(location + ": tensor '" + name + "' is not in " + file + ", where it should be");
        }
        byName.put(name, shard);
    }

    /**
     * Returns a file in the index's folder. A link must not lead elsewhere, except in Hugging Face's cache, whose
     * {@code snapshots/REVISION} has links into {@code blobs}.
     */
    private Path beside(Path index, String tensor, String file) throws IOException {
        Path shard;
        try {
            shard = index.resolveSibling(file);
        } catch (InvalidPathException e) {
            throw new IOException(
                    location + ": tensor '" + tensor + "' is mapped to a name that no file has: " + e.getReason(), e);
        }
        if (Files.exists(shard)) {
            Path folder = index.toAbsolutePath().getParent().toRealPath();
            Path real = shard.toRealPath();
            if (!real.startsWith(folder)
                    && !real.startsWith(folder.resolve("../../blobs").normalize())) {
                throw new IOException(shard + ": leads to " + real + ", expected a file next to the index");
            }
        }
        return shard;
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

    @Override
    public INDArray read(String name, long from, long to) throws IOException {
        return shard(name).read(name, from, to);
    }

    /** See {@link SafeTensors#storedType}. */
    public DataType storedType(String name) {
        return shard(name).storedType(name);
    }

    /** See {@link SafeTensors#readStored}. */
    public INDArray readStored(String name) throws IOException {
        return shard(name).readStored(name);
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
