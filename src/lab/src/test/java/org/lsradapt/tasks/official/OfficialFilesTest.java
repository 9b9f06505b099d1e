package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;

/**
 * The official files themselves, which are no part of this project. They are looked for in the folder that the system
 * property lsr.data or the environment variable LSR_DATA names, or in ../shared/data.
 */
class OfficialFilesTest {

    @Test
    void mrpc_rowsAndLabels() throws IOException {
        LabelledData data = Tasks.named("mrpc").load(folder("MRPC", "train.tsv"));
        assertCounts(data.train(), 3668, 2474);
        assertCounts(data.evaluation(), 408, 279);
        // Quotes are kept, among them many that are never closed.
        assertTrue(data.train().stream()
                .anyMatch(row -> row.first().chars().filter(c -> c == '"').count() % 2 == 1));
    }

    @Test
    void cola_rowsAndLabels() throws IOException {
        LabelledData data = Tasks.named("cola").load(folder("CoLA", "train.tsv"));
        assertCounts(data.train(), 8551, 6023);
        assertCounts(data.evaluation(), 1043, 721);
    }

    @Test
    void sst2_rowsAndLabels() throws IOException {
        LabelledData data = Tasks.named("sst-2").load(folder("SST-2", "train.tsv"));
        assertCounts(data.train(), 67349, 37569);
        assertCounts(data.evaluation(), 872, 444);
    }

    @Test
    void wic_rowsAndLabels() throws IOException {
        LabelledData data = Tasks.named("wic").load(folder("WiC", "train.jsonl"));
        assertCounts(data.train(), 5428, 2714);
        assertCounts(data.evaluation(), 638, 319);
        assertTrue(data.train().stream().allMatch(row -> row.first().matches("(?s)\\S.*: .+")));
    }

    /** The evaluation file stands in for the training file, which is not at hand. */
    @Test
    void boolq_rowsAndLabels(@TempDir Path copy) throws IOException {
        Path val = folder("BoolQ", "val.jsonl").resolve("val.jsonl");
        Files.copy(val, copy.resolve("val.jsonl"));
        Files.copy(val, copy.resolve("train.jsonl"));
        assertCounts(Tasks.named("boolq").load(copy).evaluation(), 3270, 2033);
    }

    /** Quotes, open ones too, and commas survive the way through a CSV file that another program reads. */
    @Test
    void mrpc_asCsv_readsTheSame(@TempDir Path copy) throws IOException {
        LabelledData official = Tasks.named("mrpc").load(folder("MRPC", "train.tsv"));
        Path train = csv(copy.resolve("train.csv"), official.train());
        Path dev = csv(copy.resolve("dev.csv"), official.evaluation());
        LabelledData own = LabelledData.classification(train)
                .dev(dev)
                .text("first", "second")
                .read();
        assertEquals(official.train(), own.train());
        assertEquals(official.evaluation(), own.evaluation());
        LabelledData split =
                LabelledData.classification(train).text("first", "second").read();
        assertEquals("held out 367 of 3,668 rows", split.heldOut().orElseThrow().describe());
        assertCounts(split.evaluation(), 367, 247);
    }

    private static Path csv(Path file, List<Example> rows) throws IOException {
        try (CsvWriter writer = CsvWriter.builder().build(file)) {
            writer.writeRecord("label", "first", "second");
            rows.forEach(row -> writer.writeRecord(String.valueOf(row.category()), row.first(), row.second()));
        }
        return file;
    }

    private static Path folder(String task, String file) {
        String variable = System.getenv().getOrDefault("LSR_DATA", "../shared/data");
        Path folder = Path.of(System.getProperty("lsr.data", variable)).resolve(task);
        assumeTrue(
                Files.exists(folder.resolve(file)),
                "no " + file + " in " + folder.toAbsolutePath().normalize() + "; set LSR_DATA to the folder above it");
        return folder;
    }

    private static void assertCounts(List<Example> rows, int all, int ofClassOne) {
        assertEquals(all, rows.size());
        assertEquals(
                ofClassOne, rows.stream().filter(row -> row.category() == 1).count());
    }
}
