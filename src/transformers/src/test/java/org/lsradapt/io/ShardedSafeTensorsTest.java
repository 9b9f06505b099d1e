package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ShardedSafeTensorsTest {

    @TempDir
    private Path folder;

    private Path index;

    @BeforeEach
    void writeShards() throws IOException {
        SafeTensors.write(folder.resolve("one.safetensors"), Map.of("a", Nd4j.createFromArray(1f, 2f)), Map.of());
        SafeTensors.write(folder.resolve("two.safetensors"), Map.of("b", Nd4j.scalar(2.0)), Map.of());
        index = folder.resolve("model.safetensors.index.json");
    }

    private String refusal(String json) throws IOException {
        Files.writeString(index, json);
        String message = assertThrows(IOException.class, () -> ShardedSafeTensors.open(index))
                .getMessage();
        assertTrue(message.startsWith(index.toString()), message);
        return message.substring(index.toString().length()).replaceFirst("^: ", "");
    }

    @Test
    void read_fromTwoFiles_isOneSource() throws IOException {
        Files.writeString(
                index,
                "{\"metadata\":{\"total_size\":16},"
                        + "\"weight_map\":{\"b\":\"two.safetensors\",\"a\":\"one.safetensors\"}}");
        ShardedSafeTensors source = ShardedSafeTensors.open(index);
        assertEquals(List.of("b", "a"), List.copyOf(source.names()));
        assertArrayEquals(new float[] {1, 2}, source.read("a").toFloatVector());
        assertEquals(2.0, source.read("b").getDouble(0));
        assertEquals(DataType.DOUBLE, source.dataType("b"));
        assertArrayEquals(new long[] {2}, source.shape("a"));
        assertEquals(
                index + ": there is no tensor 'c'",
                assertThrows(IllegalArgumentException.class, () -> source.read("c"))
                        .getMessage());
        source.close();
        assertThrows(IllegalStateException.class, () -> source.read("a"));
    }

    @Test
    void open_badIndex_isRefused() throws IOException {
        assertEquals(
                "tensor 'b' is not in one.safetensors, where it should be",
                refusal("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}"));
        assertEquals(
                "tensor 'a' is mapped to \"../one.safetensors\", expected the name of a file next to the index",
                refusal("{\"weight_map\":{\"a\":\"../one.safetensors\"}}"));
        assertEquals(
                "tensor 'a' is mapped to 1, expected the name of a file next to the index",
                refusal("{\"weight_map\":{\"a\":1}}"));
        assertEquals("has no \"weight_map\" object of tensor names and file names", refusal("{\"metadata\":{}}"));
        assertTrue(refusal("{\"weight_map\":").startsWith(", line 1: not valid JSON: "));
        assertTrue(refusal("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"two.safetensors\"}}")
                .startsWith(", line 1: not valid JSON: "));
    }

    @Test
    void open_missingShard_namesIt() throws IOException {
        Files.writeString(index, "{\"weight_map\":{\"a\":\"three.safetensors\"}}");
        assertEquals(
                folder.resolve("three.safetensors") + ": there is no such file",
                assertThrows(IOException.class, () -> ShardedSafeTensors.open(index))
                        .getMessage());
    }

    @Test
    void open_shardNameThatNoFileHas_namesTheIndex() throws IOException {
        assertTrue(refusal("{\"weight_map\":{\"a\":\"a\\u0000b\"}}")
                .startsWith("tensor 'a' is mapped to a name that no file has: "));
        assertEquals(
                "tensor 'a' is mapped to \"..\", expected the name of a file next to the index",
                refusal("{\"weight_map\":{\"a\":\"..\"}}"));
    }

    @Test
    void open_shardThatIsALinkElsewhere_isRefused(@TempDir Path other) throws IOException {
        Path target = Files.move(folder.resolve("one.safetensors"), other.resolve("one.safetensors"));
        Files.createSymbolicLink(folder.resolve("one.safetensors"), target);
        Files.writeString(index, "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
        assertEquals(
                folder.resolve("one.safetensors") + ": leads to " + target.toRealPath()
                        + ", expected a file next to the index",
                assertThrows(IOException.class, () -> ShardedSafeTensors.open(index))
                        .getMessage());
        Files.createSymbolicLink(folder.resolve("three.safetensors"), Path.of("two.safetensors"));
        Files.writeString(index, "{\"weight_map\":{\"b\":\"three.safetensors\"}}");
        ShardedSafeTensors.open(index).close();
    }

    /** As Hugging Face's cache has them. */
    @Test
    void open_linksIntoTheCachesBlobs_areFollowed() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("snapshots/0123"));
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.move(folder.resolve("one.safetensors"), blobs.resolve("ab"));
        Files.writeString(blobs.resolve("cd"), "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
        Files.createSymbolicLink(snapshot.resolve("one.safetensors"), Path.of("../../blobs/ab"));
        Path link = Files.createSymbolicLink(snapshot.resolve("index.json"), Path.of("../../blobs/cd"));
        try (ShardedSafeTensors source = ShardedSafeTensors.open(link)) {
            assertArrayEquals(new float[] {1, 2}, source.read("a").toFloatVector());
        }
    }
}
