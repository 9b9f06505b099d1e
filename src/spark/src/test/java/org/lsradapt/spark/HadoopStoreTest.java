package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files on the local file system as Hadoop sees it. */
class HadoopStoreTest {
    @TempDir
    Path folder;

    private HadoopStore store;

    @BeforeEach
    void open() throws IOException {
        store = new HadoopStore(folder.resolve("a/b").toUri().toString(), new Configuration());
    }

    private void write(String name, String text) throws IOException {
        store.write(name, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private String read(String name) throws IOException {
        try (InputStream in = store.open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void files_areWritten_replaced_renamed_andDeleted() throws IOException {
        assertEquals(List.of(), store.names());
        write("one", "1");
        write("two", "22");
        write("one", "111");
        assertEquals(List.of("one", "two"), store.names().stream().sorted().toList());
        assertEquals(3, store.size("one"));
        assertEquals("111", read("one"));
        store.rename("one", "three");
        store.delete("two");
        store.delete("never there");
        assertEquals(List.of("three"), store.names());
        assertEquals("111", read("three"));
        assertTrue(store.location("three").endsWith("a/b/three"), store.location("three"));
    }

    @Test
    void write_thatFails_leavesTheFileAsItWas() throws IOException {
        write("one", "whole");
        assertThrows(
                IOException.class,
                () -> store.write("one", out -> {
                    out.write('h');
                    throw new IOException("disk full");
                }));
        assertEquals("whole", read("one"));
        IOException missing = assertThrows(IOException.class, () -> store.open("none"));
        assertTrue(missing.getMessage().contains("none"), missing.getMessage());
    }
}
