package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateReaderTest {
    @TempDir
    private Path parent;

    @Test
    void open_aFolder_isADamagedCheckpoint() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("step-0000000001.checkpoint"));
        StateReader.DamagedException e = assertThrows(
                StateReader.DamagedException.class,
                () -> StateReader.open(
                                new FolderStore(folder.getParent()),
                                folder.getFileName().toString())
                        .close());
        assertEquals(folder + ": not a checkpoint, or a damaged one: its checksum is wrong", e.getMessage());
    }
}
