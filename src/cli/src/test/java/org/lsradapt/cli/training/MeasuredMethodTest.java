package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class MeasuredMethodTest {

    /** Evaluations of the rows of a method in the evidence's tables, whose columns are those of a suite's report. */
    private static double[] evaluations(MeasuredMethod method) throws IOException {
        List<Double> measured = new ArrayList<>();
        for (String file : List.of("frontier.csv", "wordnet-10k.csv")) {
            for (String line : Files.readAllLines(Path.of("docs/evidence", file))) {
                String[] fields = line.split(",", -1);
                if (fields[2].equals(method.name())
                        && fields[11].equals(Integer.toString(method.parameters()))
                        && fields[5].equals("finished")) {
                    measured.add(Double.parseDouble(fields[10]));
                }
            }
            if (!measured.isEmpty()) {
                break;
            }
        }
        return measured.stream().mapToDouble(x -> x).toArray();
    }

    @Test
    void all_areMeansAndDeviationsOfTheEvidence() throws IOException {
        List<MeasuredMethod> all = MeasuredMethod.all();
        assertFalse(all.isEmpty());
        for (MeasuredMethod method : all) {
            double[] measured = evaluations(method);
            assertEquals(3, measured.length, method.name());
            double mean = (measured[0] + measured[1] + measured[2]) / 3;
            double squares = 0;
            for (double x : measured) {
                squares += (x - mean) * (x - mean);
            }
            assertEquals(
                    String.format(Locale.ROOT, "%.4f %.4f", mean, Math.sqrt(squares / 2)),
                    String.format(Locale.ROOT, "%.4f %.4f", method.accuracy(), method.deviation()),
                    method.name());
        }
    }

    @Test
    void best_areTheMostAccurateOfTheirKindsWithinTheSize() throws IOException {
        List<MeasuredMethod> all = MeasuredMethod.all();
        int smallest = all.get(0).parameters();
        double size = 1.0 * smallest / MeasuredMethod.LORA_PARAMETERS;
        assertEquals(smallest, MeasuredMethod.best(size).get(0).parameters());
        assertEquals(List.of(), MeasuredMethod.best(0.99 * size));
        List<MeasuredMethod> best = MeasuredMethod.best(100);
        assertEquals(
                all.stream().mapToDouble(MeasuredMethod::accuracy).max().orElseThrow(),
                best.get(0).accuracy());
        assertEquals(
                best.size(), best.stream().map(MeasuredMethod::kind).distinct().count());
    }
}
