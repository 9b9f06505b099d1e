package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PreferenceData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.labels.MultiLabelData;
import org.lsradapt.tasks.tokens.TokenData;

/** Rows of queries: H2, DuckDB and a PostgreSQL server. */
class DatabaseTest {
    @TempDir
    Path folder;

    @Test
    void h2_queries_haveTheRowsOfTheSameFiles() throws Exception {
        DataSource h2 = h2(
                "CREATE TABLE mails(body CLOB, folder VARCHAR, stars INT, score DECIMAL(5,3))",
                "INSERT INTO mails VALUES ('café', 'x', 1, 0.250), ('a, \"b\"', 'y', 5, 3), ('c', 'x', 3, 0.5)");
        Path csv = Files.writeString(
                folder.resolve("mails.csv"), "text,label,number\ncafé,x,0.25\n\"a, \"\"b\"\"\",y,3\nc,x,0.5\n");
        Table classes = Table.query(h2, "SELECT body AS text, folder AS label FROM mails");
        LabelledData expected = LabelledData.classification(csv).dev(csv).read();
        LabelledData data = LabelledData.classification(classes).dev(classes).read();
        assertEquals(expected.train(), data.train());
        assertEquals(expected.task().labels(), data.task().labels());
        Table numbers = Table.query(h2, "SELECT body AS text, score AS number FROM mails");
        assertEquals(
                LabelledData.regression(csv).dev(csv).label("number").read().train(),
                LabelledData.regression(numbers).dev(csv).label("number").read().train());
        assertTrue(
                LabelledData.classification(classes).inputs(List.of("x", "y")).hasLabels());
        Table texts = Table.query(h2, "SELECT body AS text FROM mails");
        assertFalse(LabelledData.classification(texts).inputs(List.of("x", "y")).hasLabels());
        Table byStars = Table.query(h2, "SELECT body AS text, folder AS label, stars AS \"user\" FROM mails");
        assertEquals(
                List.of("1", "3", "5"),
                List.copyOf(LabelledData.classification(byStars)
                        .byKey("user", List.of("x", "y"))
                        .byKey()
                        .keySet()));
        Table deleting = Table.query(h2, "SELECT body AS text FROM OLD TABLE (DELETE FROM mails)");
        assertEquals(3, LabelledData.classification(deleting).texts().size());
        assertEquals("3", text(h2, "SELECT COUNT(*) AS text FROM mails"));
    }

    @Test
    void h2_everyTableTask_readsQueries() throws Exception {
        DataSource h2 = h2();
        Table pairs = Table.query(h2, "VALUES ('a', 'b', 'n', 0.5), ('c', 'd', NULL, 1)");
        List<TextPair> expected = List.of(TextPair.of("a", "b", "n"), TextPair.of("c", "d"));
        assertEquals(
                expected,
                PairData.of(pairs).anchor("c1").positive("c2").negatives("c3").all());
        assertEquals(
                2,
                ScoredPairData.of(pairs)
                        .dev(pairs)
                        .texts("c1", "c2")
                        .score("c4")
                        .read()
                        .train()
                        .size());
        assertEquals(
                2,
                RankingData.of(pairs)
                        .dev(pairs)
                        .query("c1")
                        .positive("c2")
                        .negatives("c3")
                        .read()
                        .train()
                        .size());
        Table labels = Table.query(h2, "VALUES ('a', ARRAY['x', 'y']), ('b', ARRAY['x']), ('c', ARRAY['y'])");
        assertEquals(
                List.of("x", "y"),
                MultiLabelData.of(labels)
                        .dev(labels)
                        .text("c1")
                        .labels("c2", ",")
                        .read()
                        .labels());
        Table texts = Table.query(h2, "SELECT 'one' AS text UNION ALL SELECT 'two'");
        assertEquals(
                List.of("one", "two"),
                LanguageModelData.plainText(List.of(texts)).dev(List.of(texts)).read().train().stream()
                        .map(text -> ((PromptCompletion) text).completion())
                        .toList());
        Table prompts = Table.query(h2, "SELECT 'p' AS prompt, 'c' AS completion, 'g' AS chosen, 'h' AS rejected");
        assertEquals(
                1,
                LanguageModelData.instructions(prompts)
                        .dev(prompts)
                        .read()
                        .train()
                        .size());
        assertEquals(1, PreferenceData.of(prompts).dev(prompts).read().train().size());
        assertEquals(
                texts + ": this data is read from files only, expected a file or standard input",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TokenData.of(texts)
                                        .dev(texts)
                                        .jsonLines(true)
                                        .read())
                        .getMessage());
    }

    @Test
    void h2_values_becomeTextsInOneWay() throws Exception {
        assertEquals("1234567890123456789", text("1234567890123456789"));
        assertEquals("123456789012345678901234567890", text("123456789012345678901234567890"));
        assertEquals("1.5", text("CAST(1.50 AS DECIMAL(9, 4))"));
        assertEquals("100", text("CAST(100 AS DECIMAL(9, 2))"));
        assertEquals("0.1", text("CAST(0.1 AS DOUBLE PRECISION)"));
        assertEquals("2", text("CAST(2 AS DOUBLE PRECISION)"));
        assertEquals("0.1", text("CAST(0.1 AS REAL)"));
        assertEquals("-0.00000012", text("CAST(-1.2E-7 AS DOUBLE PRECISION)"));
        assertEquals("0", text("CAST('-0' AS DOUBLE PRECISION)"));
        assertEquals("100000000000000000000", text("CAST(1E20 AS DOUBLE PRECISION)"));
        assertEquals("true", text("TRUE"));
        assertEquals("2024-02-29", text("DATE '2024-02-29'"));
        assertEquals("12:30:00", text("TIME '12:30:00'"));
        assertEquals("2024-02-29T12:30:00", text("TIMESTAMP '2024-02-29 12:30:00'"));
        assertEquals("2024-02-29T10:30:00Z", text("TIMESTAMP WITH TIME ZONE '2024-02-29 12:30:00+02:00'"));
        assertEquals("a \uD83D\uDE00", text("CAST('a \uD83D\uDE00' AS CLOB)"));
        assertEquals(
                "123e4567-e89b-12d3-a456-426614174000", text("CAST('123e4567-e89b-12d3-a456-426614174000' AS UUID)"));
    }

    @Test
    void h2_problems_nameQueryRowAndColumn() throws Exception {
        DataSource h2 = h2();
        String sql = "SELECT * FROM (VALUES ('a', 1), (NULL, 2)) AS t(text, label)";
        assertEquals("query \"" + sql + "\", row 2: column \"text\" is empty, expected a text", failure(h2, sql));
        assertEquals(
                "query \"SELECT X'00' AS text, 1 AS label\", row 1: column \"text\" is of type BINARY VARYING, expected a"
                        + " text, a number, a boolean, a date or a time; CAST(... AS VARCHAR) in the query makes a text"
                        + " of it",
                failure(h2, "SELECT X'00' AS text, 1 AS label"));
        assertEquals(
                "query \"SELECT 'a' AS text, CAST('NaN' AS REAL) AS label\", row 1: column \"label\" is NaN, expected a"
                        + " finite number",
                failure(h2, "SELECT 'a' AS text, CAST('NaN' AS REAL) AS label"));
        assertEquals(
                "query \"SELECT 1 AS body, 2 AS label\": the result has no column \"text\", expected text, label, found"
                        + " body, label; AS renames a column",
                failure(h2, "SELECT 1 AS body, 2 AS label"));
        assertEquals(
                "query \"SELECT 'a' AS text, 1 AS label WHERE FALSE\": the result has no rows, expected at least one",
                failure(h2, "SELECT 'a' AS text, 1 AS label WHERE FALSE"));
        assertTrue(failure(h2, "SELECT 1 AS text, 2 AS text").contains("expected different names"));
        assertTrue(failure(h2, "SELEC 1").startsWith("query \"SELEC 1\": the database refuses: "));
        assertThrows(
                IllegalArgumentException.class,
                () -> Table.query(h2, "SELECT 1").format(DataFormat.CSV));
    }

    @Test
    void duckdb_readsTheParquetThatItWrote() throws Exception {
        Path parquet = folder.resolve("train-00000-of-00001.parquet");
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:")) {
            duck.createStatement()
                    .execute("COPY (SELECT * FROM (VALUES ('a café', 1::HUGEINT, ['x','y'], DATE '2024-01-05'),"
                            + " ('b', 0::HUGEINT, ['x'], NULL)) t(text, label, tags, day)) TO '" + parquet
                            + "' (FORMAT PARQUET)");
        }
        String shown = "FROM 'emotion/*.parquet'";
        assertTrue(Files.readString(Path.of("docs/guides/own-data.md")).contains("jdbc:duckdb: --sql \"" + shown));
        TaskOptions given = options(
                "classify",
                "--jdbc",
                "jdbc:duckdb:",
                "--sql",
                shown.replace("emotion", folder.toString()),
                "--dev-sql",
                "SELECT * FROM '" + parquet + "' WHERE label = 1");
        TaskType type = ClassificationTask.TYPE;
        type.check().check(given);
        LabelledData data = ((ClassificationTask) type.data().read(given)).data();
        assertEquals(
                List.of(
                        new Example("a café", null, new Label.Category(1)),
                        new Example("b", null, new Label.Category(0))),
                data.train());
        assertEquals(data.train().subList(0, 1), data.evaluation());
        Table tags = Table.query(() -> DriverManager.getConnection("jdbc:duckdb:"), "FROM '" + parquet + "'");
        assertEquals(
                List.of("x", "y"),
                MultiLabelData.of(tags).dev(tags).labels("tags", ",").read().labels());
        assertEquals(
                "2024-01-05",
                LabelledData.classification(Table.query(
                                () -> DriverManager.getConnection("jdbc:duckdb:"),
                                "FROM '" + parquet + "' WHERE label = 1"))
                        .text("day")
                        .texts()
                        .get(0)
                        .first());
    }

    @Test
    void postgresql_aServer_streamsAndIsNotChanged() throws Exception {
        try (EmbeddedPostgres server = started()) {
            DataSource database = server.getPostgresDatabase();
            execute(
                    database,
                    "CREATE TABLE mails(id SERIAL, text TEXT, label BOOLEAN, at TIMESTAMPTZ, n NUMERIC, j JSONB, k TEXT[])",
                    "INSERT INTO mails(text, label, at, n, j, k) SELECT 'mail ' || i, i % 3 = 0,"
                            + " '2024-02-29 12:30:00+02', i / 4.0, '{}', ARRAY['x', 'y'] FROM generate_series(1, 5000) i");
            LabelledData data = LabelledData.classification(Table.query(database, "SELECT * FROM mails ORDER BY id"))
                    .dev(Table.query(database, "SELECT text, label FROM mails LIMIT 10"))
                    .read();
            assertEquals(5000, data.train().size());
            assertEquals(List.of("false", "true"), data.task().labels());
            assertEquals(
                    new Example("mail 3", null, new Label.Category(1)),
                    data.train().get(2));
            assertEquals("2024-02-29T10:30:00Z", text(database, "SELECT at AS text FROM mails LIMIT 1"));
            assertEquals("0.25", text(database, "SELECT n AS text FROM mails WHERE id = 1"));
            assertTrue(failure(database, "SELECT j AS text, label FROM mails")
                    .contains("row 1: column \"text\" is of type jsonb"));
            Table arrays = Table.query(database, "SELECT text, k AS labels FROM mails LIMIT 3");
            assertEquals(
                    List.of("x", "y"),
                    MultiLabelData.of(arrays).dev(arrays).read().labels());
            assertTrue(
                    failure(database, "DELETE FROM mails RETURNING text, label").contains("read-only transaction"));
            assertTrue(failure(database, "SELECT 1 AS text; DELETE FROM mails").contains("read-only transaction"));
            assertEquals("5000", text(database, "SELECT COUNT(*) AS text FROM mails"));
        }
    }

    private static EmbeddedPostgres started() {
        try {
            return EmbeddedPostgres.start();
        } catch (IOException | IllegalStateException e) {
            return abort("no PostgreSQL server starts here, such as for root without unshare: " + e);
        }
    }

    private static TaskOptions options(String task, String... values) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            given.put(values[i], List.of(values[i + 1]));
        }
        return new TaskOptions(task, given);
    }

    private static String text(String expression) throws Exception {
        return text(h2(), "SELECT " + expression + " AS text");
    }

    private static String text(DataSource database, String sql) throws IOException {
        return LabelledData.classification(Table.query(database, sql))
                .texts()
                .get(0)
                .first();
    }

    private static String failure(DataSource database, String sql) {
        return assertThrows(
                        IOException.class,
                        () -> LabelledData.classification(Table.query(database, sql))
                                .read())
                .getMessage();
    }

    private static DataSource h2(String... statements) throws SQLException {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:" + java.util.UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        execute(source, statements);
        return source;
    }

    private static void execute(DataSource database, String... statements) throws SQLException {
        try (Connection connection = database.getConnection()) {
            for (String statement : statements) {
                connection.createStatement().execute(statement);
            }
        }
    }
}
