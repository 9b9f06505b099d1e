package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFileTest {
    private static final String NAME = "step-0000000001.safetensors";

    @TempDir
    private Path folder;

    private record State(String text, double number, List<Integer> integers, Map<String, Double> values) {}

    private static Map<String, Object> arrays(double[] numbers, int[] integers) {
        Map<String, Object> arrays = new LinkedHashMap<>();
        arrays.put("numbers", numbers);
        arrays.put("integers", integers);
        return arrays;
    }

    @Test
    void open_aFolder_isADamagedCheckpoint() throws IOException {
        Path file = Files.createDirectory(folder.resolve(NAME));
        CheckpointFile.DamagedException e = assertThrows(
                CheckpointFile.DamagedException.class,
                () -> CheckpointFile.open(new FolderStore(folder), NAME).close());
        assertEquals(file + ": not a checkpoint, or a damaged one: its checksum is wrong", e.getMessage());
    }

    @Test
    void read_returnsWhatWasWrittenToTheBit() throws IOException {
        CheckpointStore store = new FolderStore(folder);
        State state = new State(
                "\u00e4\n\ud800",
                0.1 + 0.2,
                List.of(1, -2),
                Map.of("accuracy", Math.PI, "far", Double.POSITIVE_INFINITY, "none", Double.NaN));
        double[] numbers = {Double.MIN_VALUE, -0.0, 1 / 3.0, Double.MAX_VALUE, 5};
        int[] integers = {Integer.MIN_VALUE, 0, 7};
        CheckpointFile.write(store, NAME, state, arrays(numbers, integers));
        double[] foundNumbers = new double[5];
        int[] foundIntegers = new int[3];
        try (CheckpointFile file = CheckpointFile.open(store, NAME)) {
            assertEquals(state, file.state(State.class));
            file.fill(arrays(foundNumbers, foundIntegers));
        }
        assertArrayEquals(numbers, foundNumbers);
        assertArrayEquals(integers, foundIntegers);
    }
}
