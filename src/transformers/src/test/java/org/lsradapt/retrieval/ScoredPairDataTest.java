package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.ListBuilder;
import org.lsradapt.tasks.TestFiles;

class ScoredPairDataTest {

    @TempDir
    Path folder;

    private record Golden(List<Double> first, List<Double> second, double spearman, double pearson) {}

    @Test
    void evaluate_manyTies_equalsSciPy() throws IOException {
        List<Golden> all;
        try (InputStream in = ScoredPairDataTest.class.getResourceAsStream("/golden/retrieval/correlations.json")) {
            all = new ObjectMapper().readValue(in, new TypeReference<>() {});
        }
        assertEquals(5, all.size());
        for (Golden golden : all) {
            List<ScoredPair> pairs = golden.first().stream()
                    .map(score -> new ScoredPair("a", "b", score))
                    .toList();
            Map<String, Double> values = ScoredPairData.of(pairs)
                    .dev(pairs)
                    .read()
                    .evaluate(golden.second().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray());
            assertEquals(List.of("spearman", "pearson"), List.copyOf(values.keySet()));
            assertEquals(golden.spearman(), values.get("spearman"), 1e-12);
            assertEquals(golden.pearson(), values.get("pearson"), 1e-12);
        }
    }

    @Test
    void read_files_giveTextsAndScores() throws IOException {
        Path train = TestFiles.write(folder, "train.csv", "id,a,b,s\n1,one,\"two, three\",4.25\n2,x,y,-1e-1\n");
        Path dev = TestFiles.write(folder, "dev.tsv", "b\ta\ts\nleft\tright\t3\nup\tdown\t1\n");
        ScoredPairData data =
                ScoredPairData.of(train).dev(dev).texts("a", "b").score("s").read();
        assertEquals(List.of(new ScoredPair("one", "two, three", 4.25), new ScoredPair("x", "y", -0.1)), data.train());
        assertEquals(List.of(new ScoredPair("right", "left", 3), new ScoredPair("down", "up", 1)), data.evaluation());
        assertTrue(data.heldOut().isEmpty() && data.notes().isEmpty());
        Path lines = TestFiles.write(
                folder, "a.jsonl", "{\"sentence1\": \"one\", \"sentence2\": \"two\", \"score\": 0.5}\n");
        Path two = TestFiles.write(folder, "b.csv", "sentence1,sentence2,score\na,b,1\nc,d,2\n");
        assertEquals(
                List.of(new ScoredPair("one", "two", 0.5)),
                ScoredPairData.of(lines).dev(two).read().train());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one,two,high|column \"score\" is \"high\", expected a finite decimal number",
                "one,two,NaN|column \"score\" is \"NaN\", expected a finite decimal number",
                "one,two,|column \"score\" is \"\", expected a finite decimal number",
                "one, ,1|column \"sentence2\" is empty, expected a text",
            })
    void read_badRow_isNamedByFileAndLine(String row, String message) throws IOException {
        Path file = TestFiles.write(folder, "a.csv", "sentence1,sentence2,score\na,b,1\n" + row + "\n");
        assertEquals(
                file + ", line 3: " + message,
                assertThrows(IOException.class, () -> ScoredPairData.of(file).read())
                        .getMessage());
    }

    @Test
    void build_heldOut_isATenthOverTheRangeAndKeepsEqualTextsTogether() {
        List<ScoredPair> pairs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            pairs.add(new ScoredPair("a" + i, "b" + i, i / 7.0));
        }
        pairs.add(new ScoredPair("b3", "a3", 3 / 7.0));
        pairs.add(new ScoredPair("same", "same", 0));
        ScoredPairData data = ScoredPairData.of(pairs).seed(3).read();
        assertEquals(20, data.evaluation().size());
        assertEquals(182, data.train().size());
        assertEquals(20, data.heldOut().orElseThrow().count());
        Set<Set<String>> trained = new HashSet<>();
        data.train().forEach(pair -> trained.add(new HashSet<>(List.of(pair.first(), pair.second()))));
        data.evaluation()
                .forEach(pair -> assertTrue(!trained.contains(new HashSet<>(List.of(pair.first(), pair.second())))));
        // The twenty are spread over the whole range.
        assertTrue(data.evaluation().stream()
                        .map(pair -> (int) (pair.score() * 7 / 20))
                        .distinct()
                        .count()
                >= 9);
        assertEquals(
                List.of(
                        "held out 20 of 202 pairs of train (seed 3)",
                        "texts of train that repeat an earlier one: 1 of 202 pairs; equal texts are on the same side"),
                data.notes());
    }

    @Test
    void build_badLists_areRefused() {
        List<ScoredPair> one = List.of(new ScoredPair("a", "b", 1));
        refused("train: the list is empty, expected at least one pair", ScoredPairData.of(List.of()));
        refused(
                "dev: the list is empty, expected at least one pair",
                ScoredPairData.of(one).dev(List.of()));
        String few =
                " can be held out to evaluate on, expected at least 2, as one has no correlation; one is to train on"
                        + " and equal texts stay together; expected more pairs, or evaluation data";
        refused("train: of 1 pair none" + few, ScoredPairData.of(one));
        refused("train: of 2 pairs one" + few, ScoredPairData.of(List.of(one.get(0), new ScoredPair("c", "d", 0))));
        refused(
                "dev: there is one pair to evaluate on, expected at least 2, as one has no correlation",
                ScoredPairData.of(one).dev(one));
        refused(
                "held-out fraction 0.2 and evaluation data (1 pairs): expected one or the other",
                ScoredPairData.of(one).dev(one).heldOut(0.2));
        assertEquals(
                "scored pair: the score is NaN, expected a finite number",
                assertThrows(IllegalArgumentException.class, () -> new ScoredPair("a", "b", Double.NaN))
                        .getMessage());
        assertEquals(
                "scored pair: the second text is empty, expected a text",
                assertThrows(IllegalArgumentException.class, () -> new ScoredPair("a", " ", 1))
                        .getMessage());
    }

    @Test
    void read_oneScoreThatIsNoSimilarity_isRefused() throws IOException {
        String fives = "sentence1,sentence2,score\na,b,5\nc,d,5\ne,f,5.0\n";
        Path file = TestFiles.write(folder, "a.csv", fives);
        Path dev = TestFiles.write(folder, "dev.csv", "sentence1,sentence2,score\na,b,1\nc,d,5\n");
        String message =
                ": every pair to train on has the score 5.0, expected scores that differ, or that are from -1.0 to 1.0";
        assertEquals(
                file + message,
                assertThrows(IOException.class, () -> ScoredPairData.of(file).read())
                        .getMessage());
        assertEquals(
                file + message,
                assertThrows(
                                IOException.class,
                                () -> ScoredPairData.of(file).dev(dev).read())
                        .getMessage());
        List<ScoredPair> pairs =
                List.of(new ScoredPair("a", "b", 5), new ScoredPair("c", "d", 5), new ScoredPair("g", "h", 5));
        refused("train" + message, ScoredPairData.of(pairs));
        refused("train" + message, ScoredPairData.of(pairs).dev(List.of(new ScoredPair("e", "f", 1))));
        // The one that differs is held out.
        refused("train" + message, ScoredPairData.of(List.of(new ScoredPair("a", "b", 4), pairs.get(1), pairs.get(2))));
    }

    @Test
    void read_oneScoreThatIsASimilarity_isLearned() throws IOException {
        Path file = TestFiles.write(folder, "a.csv", "sentence1,sentence2,score\na,b,-1\nc,d,-1\ne,f,-1\n");
        assertEquals(1, ScoredPairData.of(file).read().train().size());
    }

    private static void refused(String message, ListBuilder<ScoredPair, ScoredPairData> builder) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, builder::read).getMessage());
    }
}
