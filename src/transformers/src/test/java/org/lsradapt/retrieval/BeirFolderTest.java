package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.tasks.TestFiles;

class BeirFolderTest {

    private static final String CORPUS = """
            {"_id": "d1", "title": "Frogs", "text": "They jump.", "metadata": {}}
            {"_id": "d2", "title": "", "text": "No title."}
            {"_id": 3, "text": " Bare\\ntext "}
            {"_id": "d4", "title": null, "text": ""}
            """;
    private static final String QUERIES = """
            {"_id": "q1", "text": "what jumps"}
            {"_id": "q2", "text": "what is bare"}
            {"_id": "q3", "text": "not in the dev split"}
            """;
    private static final String HEADER = "query-id\tcorpus-id\tscore\n";

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.createDirectory(folder.resolve("qrels"));
        TestFiles.write(folder, "corpus.jsonl", CORPUS);
        TestFiles.write(folder, "queries.jsonl", QUERIES);
        TestFiles.write(folder, "qrels/dev.tsv", HEADER + "q2\t3\t2\nq2\td1\t0\nq1\td1\t1\nq1\tgone\t0\nq1\td1\t1\n");
    }

    @Test
    void beir_split_hasItsQueriesAndAllDocuments() throws IOException {
        RetrievalData data = RetrievalData.beir(folder, "dev");
        assertEquals(
                List.of(
                        new IdentifiedText("d1", "Frogs They jump."),
                        new IdentifiedText("d2", "No title."),
                        new IdentifiedText("3", "Bare\ntext"),
                        new IdentifiedText("d4", "")),
                data.corpus());
        assertEquals(
                List.of(new IdentifiedText("q1", "what jumps"), new IdentifiedText("q2", "what is bare")),
                data.queries());
        assertEquals(Map.of("q1", Map.of("d1", 1, "gone", 0), "q2", Map.of("3", 2, "d1", 0)), data.judgements());
    }

    @Test
    void read_pairs_areTheRelevantDocumentsOfTheTrainingSplit() throws IOException {
        TestFiles.write(folder, "qrels/train.tsv", HEADER + "q3\td2\t1\nq3\t3\t0\nq1\td1\t2\nq3\td4\t1\nq3\t3\t0\n");
        PairData data = PairData.beir(folder).read();
        assertEquals(
                List.of(
                        TextPair.of("not in the dev split", "No title."),
                        TextPair.of("what jumps", "Frogs They jump.")),
                data.train());
        assertEquals(2, data.evaluation().queries().size());
        assertEquals(4, data.evaluation().corpus().size());
        assertEquals(
                List.of(
                        "evaluated on the 2 queries of "
                                + folder.resolve("qrels").resolve("dev.tsv"),
                        "queries to evaluate on that are also trained on: 1 of 2"),
                data.notes());
        assertTrue(data.heldOut().isEmpty());
    }

    @Test
    void read_withoutDevSplit_evaluatesOnTestOrWhatIsAsked() throws IOException {
        TestFiles.write(folder, "qrels/train.tsv", HEADER + "q1\td1\t2\n");
        Files.move(folder.resolve("qrels/dev.tsv"), folder.resolve("qrels/test.tsv"));
        assertEquals(2, PairData.beir(folder).read().evaluation().queries().size());
        assertEquals(
                1,
                PairData.beir(folder)
                        .evaluation("train")
                        .read()
                        .evaluation()
                        .queries()
                        .size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "corpus.jsonl|{\"text\": \"a\"}|line 1: there is no field \"_id\", found text",
                "corpus.jsonl|{\"_id\": \"a\"}|line 1: there is no field \"text\", found _id",
                "corpus.jsonl|{\"_id\": \" \", \"text\": \"a\"}|line 1: field \"_id\" is empty, expected an id",
                "corpus.jsonl|{\"_id\": [], \"text\": \"a\"}"
                        + "|line 1: field \"_id\" is [], expected a string, a number, true or false",
                "corpus.jsonl|{\"_id\": \"a\", \"text\": \"\\ud800\"}"
                        + "|line 1: field \"text\" holds half of a surrogate pair, expected whole characters",
                "queries.jsonl|{\"_id\": \"a\", \"text\": \" \"}|line 1: field \"text\" is empty, expected a text",
                "qrels/dev.tsv|q1 d1 1|line 1: the header has no column \"query-id\", expected query-id, corpus-id, score,"
                        + " found q1 d1 1",
            })
    void beir_badLine_isNamedByFileAndLine(String name, String content, String message) throws IOException {
        Path file = TestFiles.write(folder, name, content + (name.endsWith("tsv") ? "\nq1\n" : "\n"));
        assertEquals(file + ", " + message, failure());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "q9,d1,1|line 2: query \"q9\" is not in queries.jsonl",
                "q1,d9,1|line 2: document \"d9\" is not in corpus.jsonl",
                "q1,d1,high|line 2: column \"score\" is \"high\", expected a whole number",
                "q1,d1,0.5|line 2: column \"score\" is \"0.5\", expected a whole number",
                "q1,d1|line 2: found 2 columns, expected 3 (query-id, corpus-id, score)",
            })
    void beir_badJudgement_isNamedByFileAndLine(String row, String message) throws IOException {
        Path file = TestFiles.write(folder, "qrels/dev.tsv", HEADER + row.replace(',', '\t') + "\n");
        assertEquals(file + ", " + message, failure());
    }

    @Test
    void beir_contradictions_areNamedByFileAndLine() throws IOException {
        Path qrels = TestFiles.write(folder, "qrels/dev.tsv", HEADER + "q1\td1\t1\nq1\td1\t2\n");
        assertEquals(
                qrels + ", line 3: document \"d1\" has grade 2 for query \"q1\", and grade 1 in a line before",
                failure());
        Path queries = TestFiles.write(folder, "queries.jsonl", QUERIES + "{\"_id\": \"q2\", \"text\": \"again\"}\n");
        assertEquals(
                queries + ", line 4: field \"_id\" is \"q2\" as in a line before, expected different ids", failure());
    }

    /** Time grows with the square of a number's digits. */
    @Test
    void beir_gradeOfAMillionDigits_isRefused() throws IOException {
        Path qrels = TestFiles.write(folder, "qrels/dev.tsv", HEADER + "q1\td1\t" + "1".repeat(1_000_000) + "\n");
        assertEquals(
                qrels + ", line 2: column \"score\" is \"" + "1".repeat(100) + "...\", expected a whole number",
                failure());
    }

    @Test
    void beir_missingFiles_areRefused() throws IOException {
        assertThrows(NoSuchFileException.class, () -> RetrievalData.beir(folder, "test"));
        Path none = folder.resolve("none");
        assertEquals(
                none + ": there is no such folder, expected one with corpus.jsonl, queries.jsonl and qrels",
                assertThrows(IOException.class, () -> RetrievalData.beir(none, "test"))
                        .getMessage());
        Path train = TestFiles.write(folder, "qrels/train.tsv", HEADER + "q1\td1\t0\nq1\td4\t1\n");
        assertEquals(
                train + ": no document with a text has a grade of 1 or more, expected one at least to train on",
                assertThrows(IOException.class, () -> PairData.beir(folder).read())
                        .getMessage());
    }

    private String failure() {
        return assertThrows(IOException.class, () -> RetrievalData.beir(folder, "dev"))
                .getMessage();
    }
}
