package org.lsradapt.finetuning.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.training.DivergedException;

class TuningTest {
    @TempDir
    Path folder;

    private final List<String> trained = new ArrayList<>();

    /** A score that is best at a rate of 0.0037 and grows with the epochs. */
    private double score(double rate, int epochs) throws IOException {
        trained.add(rate + " " + epochs);
        DivergedException.requireFinite(rate > 0.007 ? Double.NaN : 0, "the loss");
        return 0.9 - 0.1 * Math.abs(Math.log(rate / 0.0037)) - 0.13 / epochs;
    }

    @Test
    void best_halvesRatesAndDoublesEpochs_thenTriesTwiceTheEpochs() throws IOException {
        Tuning search = Tuning.around(0.002, 8);
        Tuning.Choice best = search.best(this::score);
        assertEquals(
                List.of(
                        "0.002 2",
                        "0.001 2",
                        "0.004 2",
                        "5.0E-4 2",
                        "0.008 2",
                        "0.004 4",
                        "0.002 4",
                        "0.001 4",
                        "0.004 8",
                        "0.002 8",
                        "0.004 16"),
                trained);
        assertEquals(trained.size(), search.most());
        assertEquals(0.004, best.rate());
        assertEquals(16, best.epochs());
        assertTrue(search.trials().get(4).score().isEmpty(), "diverged");
    }

    @Test
    void best_ofEqualScores_isTheUsualOne() throws IOException {
        Tuning.Choice best = Tuning.around(0.002, 5).best((rate, epochs) -> 0.7);
        assertEquals(0.002, best.rate());
        assertEquals(5, best.epochs());
    }

    @Test
    void fewEpochs_haveNoEqualStages() throws IOException {
        Tuning search = Tuning.around(0.002, 1);
        search.best(this::score);
        assertEquals(6, search.most());
        assertEquals(6, trained.size());
    }

    @Test
    void budget_endsTheSearch_withTheBestSoFar() throws IOException {
        Tuning.Choice best = Tuning.around(0.002, 8)
                .budget(new Tuning.Budget(3, Double.POSITIVE_INFINITY))
                .best(this::score);
        assertEquals(3, trained.size());
        assertEquals(new Tuning.Choice(0.004, 8), best, "no training had the usual epochs");
        trained.clear();
        Tuning.around(0.002, 8).budget(new Tuning.Budget(100, 1e-9)).best(this::score);
        assertEquals(List.of("0.002 2"), trained, "the first training always takes place");
        assertEquals(new Tuning.Budget(1, 5), new Tuning.Budget(1, 10).dividedBy(2));
        assertThrows(IllegalArgumentException.class, () -> new Tuning.Budget(0, 1));
    }

    @Test
    void file_resumesAKilledSearch_withoutTrainingAgain() throws IOException {
        Path file = folder.resolve("tuning.jsonl");
        Tuning.Choice whole =
                Tuning.around(0.002, 8).file(folder.resolve("whole")).best(this::score);
        List<String> all = List.copyOf(trained);
        trained.clear();
        assertThrows(
                IOException.class,
                () -> Tuning.around(0.002, 8).file(file).best((rate, epochs) -> {
                    if (trained.size() == 6) {
                        throw new IOException("killed");
                    }
                    return score(rate, epochs);
                }));
        // The process is killed while it writes a line.
        Files.writeString(file, Files.readString(file) + "{\"rate\":0.0");
        Tuning.Choice resumed = Tuning.around(0.002, 8).file(file).best(this::score);
        assertEquals(all, trained);
        assertEquals(11, Files.readAllLines(file).size());
        assertEquals(whole, resumed);
        trained.clear();
        Tuning.around(0.002, 8).file(file).best(this::score);
        assertEquals(List.of(), trained);
    }

    @Test
    void malformedFile_isNamedWithItsLine() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.jsonl"), "{\"rate\":0.002}\n");
        String message = assertThrows(
                        IOException.class,
                        () -> Tuning.around(0.002, 8).file(file).best(this::score))
                .getMessage();
        assertTrue(message.contains("tuning.jsonl line 1"), message);
    }

    @Test
    void divergedTrainings_areAnError() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Tuning.around(0.1, 8).best((rate, epochs) -> Double.NaN))
                .getMessage();
        assertTrue(message.contains("diverged, expected a lower rate than 0.1"), message);
    }
}
