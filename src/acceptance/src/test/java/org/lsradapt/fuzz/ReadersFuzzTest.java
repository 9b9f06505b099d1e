package org.lsradapt.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link LongFuzz} does for hours, for a moment: every valid input of every reader, and a few random edits of them. Its
 * bound on time is left out: a processor may be slow.
 */
class ReadersFuzzTest {

    private static final int PROGRAMS = 50;
    private static final int LONGEST = 60;

    @TempDir
    Path folder;

    static List<String> readers() {
        return Subject.all().stream().map(Subject::name).toList();
    }

    @ParameterizedTest
    @MethodSource("readers")
    void reader_ofValidAndEditedFiles_keepsItsContract(String reader) throws IOException {
        Trial trial = new Trial(Subject.named(reader), folder, Double.POSITIVE_INFINITY);
        for (FileSet seed : trial.seeds()) {
            assertTrue(
                    trial.check(seed),
                    () -> reader + " refuses the valid " + seed.files().keySet());
        }
        Random random = new Random(20260101);
        for (int i = 0; i < PROGRAMS; i++) {
            byte[] program = new byte[1 + random.nextInt(LONGEST)];
            random.nextBytes(program);
            trial.run(program);
        }
    }
}
