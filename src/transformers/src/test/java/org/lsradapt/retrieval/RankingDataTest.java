package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.tasks.TestFiles;

class RankingDataTest {

    @TempDir
    Path folder;

    @Test
    void read_rowsWithLabels_areQueriesInTheirOrder() throws IOException {
        Path train = TestFiles.write(folder, "train.csv", "q,p,l\na,one,1\nb,two,0\na,three,0\nb,four,0.5\na,one,1\n");
        Path dev = TestFiles.write(folder, "dev.tsv", "l\tp\tq\n0\tx\tc\n2\ty\tc\n0\tz\td\n");
        RankingData data = RankingData.of(train)
                .dev(dev)
                .query("q")
                .passage("p")
                .label("l")
                .read();
        assertEquals(
                List.of(
                        new JudgedQuery("a", List.of("one", "three"), List.of(1.0, 0.0), List.of()),
                        new JudgedQuery("b", List.of("two", "four"), List.of(0.0, 0.5), List.of())),
                data.train());
        Candidates measured = data.evaluation();
        assertEquals("order of the rows", measured.stage());
        assertEquals(1, measured.data().queries().size());
        String query = measured.data().queries().get(0).id();
        Map<String, String> texts =
                measured.data().corpus().stream().collect(Collectors.toMap(IdentifiedText::id, IdentifiedText::text));
        assertEquals(
                List.of("x", "y"),
                measured.found().get(query).stream().map(texts::get).toList());
        assertEquals(
                List.of(0, 2),
                List.copyOf(measured.data().judgements().get(query).values()));
        // A first stage may search in the passages of the training rows, too.
        assertTrue(texts.values().containsAll(List.of("one", "two", "three", "four")), texts.toString());
        assertEquals(
                List.of(
                        "queries of " + dev + " that are not evaluated, as they have no relevant passage: 1 of 2",
                        "evaluated by 1 queries with 2 candidates"),
                data.notes());
    }

    @Test
    void read_positivesAndNegatives_areGradesWithTeachersScores() throws IOException {
        Path train = TestFiles.write(folder, "train.jsonl", """
                {"q": "a", "pos": ["one", "two"], "neg": ["three"], "s": [3, 2.5, -1]}
                {"q": "b", "pos": "four", "neg": [], "hard": "five", "s": [1, 0]}
                {"q": "a", "pos": "one", "neg": ["six"], "s": [3, 0]}
                """);
        RankingData data = RankingData.of(train)
                .query("q")
                .positive("pos")
                .negatives("neg", "hard")
                .scores("s")
                .heldOut(0.5)
                .read();
        List<JudgedQuery> all = new ArrayList<>(data.train());
        assertEquals(1, all.size());
        assertEquals("random order", data.evaluation().stage());
        for (JudgedQuery query : all) {
            List<String> relevant = query.query().equals("a") ? List.of("one", "two") : List.of("four");
            for (int i = 0; i < query.passages().size(); i++) {
                assertEquals(
                        relevant.contains(query.passages().get(i)) ? 1.0 : 0.0,
                        query.grades().get(i));
            }
            assertEquals(
                    query.query().equals("a") ? Set.of(3.0, 2.5, -1.0, 0.0) : Set.of(1.0, 0.0),
                    Set.copyOf(query.scores()));
        }
    }

    @Test
    void read_arraysOfPassagesAndLabels_areOneQuery() throws IOException {
        Path train = TestFiles.write(folder, "train.jsonl", """
                {"query": "a", "passage": ["x", "y"], "label": [1, 0]}
                {"query": "b", "passage": ["z"], "label": [1]}
                """);
        RankingData data = RankingData.of(train).heldOut(0.4).read();
        assertEquals(1, data.train().size());
        assertEquals(1, data.evaluation().data().queries().size());
    }

    @Test
    void heldOut_queries_areOnOneSide() {
        List<JudgedQuery> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(JudgedQuery.of("query " + i, "passage " + i, List.of("passage " + (i + 1) % 50)));
        }
        RankingData data = RankingData.of(all).seed(7).read();
        assertEquals(45, data.train().size());
        assertEquals(
                new HeldOut(5, 50, HeldOut.Unit.QUERIES, 0, 7), data.heldOut().orElseThrow());
        Set<String> trained =
                new HashSet<>(data.train().stream().map(JudgedQuery::query).toList());
        assertTrue(data.evaluation().data().queries().stream().noneMatch(query -> trained.contains(query.text())));
        assertEquals(10, data.evaluation().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,one,high|column \"label\" is \"high\", expected a finite decimal number",
                "a,one,-1|column \"label\" is -1.0, expected a relevance or a grade of 0 or more",
                "a, ,1|column \"passage\" is empty, expected a text",
            })
    void read_badRow_isNamedByFileAndLine(String row, String message) throws IOException {
        Path file = TestFiles.write(folder, "a.csv", "query,passage,label\nq,b,1\n" + row + "\n");
        assertEquals(
                file + ", line 3: " + message,
                assertThrows(IOException.class, () -> RankingData.of(file).read())
                        .getMessage());
    }

    @Test
    void read_contradictions_areRefused() throws IOException {
        Path file = TestFiles.write(folder, "a.csv", "query,passage,label\nq,b,1\nq,b,0\n");
        assertTrue(assertThrows(IOException.class, () -> RankingData.of(file).read())
                .getMessage()
                .contains("query \"q\" has the passage \"b\" twice, with label 1.0 and with label 0.0"));
        Path few = TestFiles.write(folder, "b.jsonl", "{\"query\": \"q\", \"passage\": [\"a\"], \"label\": [1, 2]}\n");
        assertTrue(assertThrows(IOException.class, () -> RankingData.of(few).read())
                .getMessage()
                .contains("line 1: field \"label\" has 2 numbers, expected one for each of 1 passages"));
        Path none = TestFiles.write(folder, "c.csv", "query,passage,label\nq,b,0\np,c,0\n");
        assertTrue(assertThrows(IOException.class, () -> RankingData.of(none).read())
                .getMessage()
                .contains("no query to evaluate on has a relevant passage"));
        assertThrows(
                IllegalArgumentException.class,
                () -> RankingData.of(
                                List.of(JudgedQuery.of("a", "x", List.of("y")), JudgedQuery.of("a", "z", List.of("y"))))
                        .read());
        assertThrows(
                IllegalArgumentException.class,
                () -> new JudgedQuery("a", List.of("x", "x"), List.of(1.0, 0.0), List.of()));
        assertThrows(
                IllegalArgumentException.class, () -> new JudgedQuery("a", List.of("x"), List.of(-1.0), List.of()));
    }
}
