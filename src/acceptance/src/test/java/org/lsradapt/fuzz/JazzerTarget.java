package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Jazzer calls; {@link LongFuzz} starts it with a reader's name, a folder for its numbers and one for inputs. */
public final class JazzerTarget {

    /** The file of numbers that is left behind: inputs, how many of them had a result, seconds. */
    static final String COUNTS = "counts.txt";

    /** Of processor time, for an input. */
    private static final double MOST_SECONDS = 2;

    private static Trial trial;
    private static Path folder;
    private static long start;

    private JazzerTarget() {}

    /** Makes the valid inputs. */
    public static void fuzzerInitialize(String[] args) throws IOException {
        folder = Path.of(args[1]);
        trial = new Trial(Subject.named(args[0]), Path.of(args[2]), MOST_SECONDS);
        start = System.nanoTime();
    }

    /** Reads what a program makes of them. */
    public static void fuzzerTestOneInput(byte[] program) throws IOException {
        trial.run(program);
    }

    /** Leaves the numbers. */
    public static void fuzzerTearDown() throws IOException {
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        Files.writeString(folder.resolve(COUNTS), trial.inputs() + " " + trial.accepted() + " " + seconds);
    }
}
