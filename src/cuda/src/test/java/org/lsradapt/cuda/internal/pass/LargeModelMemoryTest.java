package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.models.SpeedShape;
import org.lsradapt.cuda.internal.models.StepSpeed;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** The memory that steps of a model of 7B parameters allocate, on a device that computes nothing. */
class LargeModelMemoryTest {
    private static final Pattern BYTES = Pattern.compile("; (\\S+) and (\\S+) GiB");

    @ParameterizedTest
    @CsvSource({"BF16, 14, 16", "Q4_0, 4, 6"})
    void step_of256Tokens_fitsIntoGigabytes(String stored, double least, double most) {
        SpeedShape shape = SpeedShape.all().stream()
                .filter(some -> some.toString().startsWith("LLaMA-7B 1 x 256, weights in " + stored))
                .findFirst()
                .orElseThrow();
        StepSpeed speed = new StepSpeed(
                () -> new MeasuringDevice(new InterpretedDriver().open(0).description()), 1);
        String line = speed.run(shape);
        Matcher bytes = BYTES.matcher(line);
        assertTrue(bytes.find(), line);
        for (String gib : List.of(bytes.group(1), bytes.group(2))) {
            double gigabytes = Double.parseDouble(gib) * 0x1p30 / 1e9;
            assertTrue(gigabytes > least && gigabytes < most, line);
        }
    }
}
