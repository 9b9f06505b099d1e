package org.lsradapt.io.internal.frameworks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.frameworks.EventFile.Scalars;

/** Compares files with those of TensorBoard's writer ({@code tensorboard_events.py}). */
class EventFileTest {
    private static final Scalars STEP = new Scalars(1764367201.5, 1, values());
    private static final Scalars EVALUATION = new Scalars(1764367202.75, 300, metrics());

    @TempDir
    private Path folder;

    private Path file;
    private byte[] golden;

    private static Map<String, Float> values() {
        Map<String, Float> values = new LinkedHashMap<>();
        values.put("loss/train", 1.9171853f);
        values.put("learning_rate/adapters", 0.0013f);
        return values;
    }

    private static Map<String, Float> metrics() {
        Map<String, Float> values = new LinkedHashMap<>();
        values.put("eval/macro-f1", 0.7853981f);
        values.put("eval/größe", -2.5e-7f);
        return values;
    }

    @BeforeEach
    void read() throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/golden/tensorboard_events.json")) {
            golden = HexFormat.of()
                    .parseHex(new ObjectMapper().readTree(in).get("file").textValue());
        }
        file = folder.resolve("events.out.tfevents.1");
    }

    @Test
    void written_equalsTensorBoardsFile() throws IOException {
        EventFile.create(file, 1764367200.25);
        EventFile.append(file, STEP);
        EventFile.append(file, EVALUATION);
        assertArrayEquals(golden, Files.readAllBytes(file));
    }

    @Test
    void retain_all_readsTensorBoardsFileAndChangesNothing() throws IOException {
        Files.write(file, golden);
        assertEquals(List.of(new Scalars(1764367200.25, 0, Map.of()), STEP, EVALUATION), retained(2));
        assertArrayEquals(golden, Files.readAllBytes(file));
    }

    @Test
    void retain_incompleteRecord_isRemoved() throws IOException {
        byte[] whole = golden;
        for (int cut : new int[] {1, 4, 5, 60}) {
            Files.write(file, Arrays.copyOf(whole, whole.length - cut));
            assertEquals(2, retained(2).size(), () -> cut + " bytes missing");
            EventFile.append(file, EVALUATION);
            assertArrayEquals(whole, Files.readAllBytes(file));
        }
    }

    @Test
    void retain_damagedRecord_isRemovedWithWhatFollows() throws IOException {
        for (int place = 0; place < golden.length; place++) {
            byte[] damaged = golden.clone();
            damaged[place] ^= 4;
            Files.write(file, damaged);
            List<Scalars> whole = List.of(new Scalars(1764367200.25, 0, Map.of()), STEP, EVALUATION);
            List<Scalars> kept = retained(2);
            assertEquals(whole.subList(0, kept.size()), kept, "byte " + place);
            assertTrue(kept.size() < 3, "byte " + place);
        }
    }

    @Test
    void retain_some_removesTheOthers() throws IOException {
        Files.write(file, golden);
        retained(0);
        assertEquals(List.of(new Scalars(1764367200.25, 0, Map.of())), retained(2));
    }

    /** All records, of which the first and a number of scalars stay in the file. */
    private List<Scalars> retained(int scalars) throws IOException {
        List<Scalars> all = new ArrayList<>();
        EventFile.retain(file, record -> {
            all.add(record);
            return all.size() <= scalars + 1;
        });
        return all;
    }
}
