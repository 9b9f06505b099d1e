package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the Java of docs/guides/from-python.md with the one dependency of the starter. */
class ComingFromPagesIT {

    @Test
    void fromPython_compiles(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/from-python.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(5, blocks.size());
        StringBuilder source = new StringBuilder("public class Snippets {\n");
        for (int i = 0; i < blocks.size(); i++) {
            source.append("static void block").append(i).append("() throws Exception {\n");
            source.append(blocks.get(i)).append("}\n");
        }
        PageArtifacts.compile(folder, page, source + "}\n");
        assertTrue(Files.exists(folder.resolve("Snippets.class")));
    }
}
