package org.lsradapt.retrieval;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.DelimitedRows;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.Rows;
import org.lsradapt.data.TextPair;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * A folder in BEIR's format; see {@link RetrievalData#beir}.
 *
 * @param corpus the documents by id, in file order
 * @param queries the queries of all splits by id, in file order
 */
record BeirFolder(Path folder, Map<String, String> corpus, Map<String, String> queries) {

    private static final String QUERY = "query-id";
    private static final String DOCUMENT = "corpus-id";
    private static final String GRADE = "score";

    static BeirFolder read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(
                    folder + ": there is no such folder, expected one with corpus.jsonl, queries.jsonl" + " and qrels");
        }
        return new BeirFolder(
                folder,
                texts(folder.resolve("corpus.jsonl"), BeirFolder::document),
                texts(folder.resolve("queries.jsonl"), row -> row.filled("text")));
    }

    boolean has(String split) {
        return Files.exists(qrels(split));
    }

    Path qrels(String split) {
        return folder.resolve("qrels").resolve(split + ".tsv");
    }

    RetrievalData split(String split) throws IOException {
        Map<String, Map<String, Integer>> judgements = judgements(split);
        return new RetrievalData(
                identified(corpus, id -> true), identified(queries, judgements::containsKey), judgements);
    }

    private static List<IdentifiedText> identified(Map<String, String> texts, Predicate<String> taken) {
        return texts.entrySet().stream()
                .filter(text -> taken.test(text.getKey()))
                .map(text -> new IdentifiedText(text.getKey(), text.getValue()))
                .toList();
    }

    /** The grades of a split by query and document, in file order. */
    private Map<String, Map<String, Integer>> judgements(String split) throws IOException {
        Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
        DelimitedRows.readAll(qrels(split), DataFormat.TSV_UNQUOTED, List.of(QUERY, DOCUMENT, GRADE), row -> {
            String query = row.text(QUERY);
            if (!queries.containsKey(query)) {
                throw row.failure("query " + Quoted.value(query) + " is not in queries.jsonl");
            }
            String document = row.text(DOCUMENT);
            int grade = grade(row);
            if (grade > 0 && !corpus.containsKey(document)) {
                throw row.failure("document " + Quoted.value(document) + " is not in corpus.jsonl");
            }
            Integer before = judgements
                    .computeIfAbsent(query, first -> new LinkedHashMap<>())
                    .putIfAbsent(document, grade);
            if (before != null && before != grade) {
                throw row.failure("document " + Quoted.value(document) + " has grade " + grade + " for query "
                        + Quoted.value(query) + ", and grade " + before + " in a line before");
            }
            return query;
        });
        return judgements;
    }

    /** Returns the queries of a split, each with every document that has a text and is judged 1 or more; at least one pair. */
    List<TextPair> pairs(String split) throws IOException {
        List<TextPair> pairs = new ArrayList<>();
        judgements(split)
                .forEach((query, grades) -> grades.forEach((document, grade) -> {
                    if (grade > 0 && !corpus.get(document).isEmpty()) {
                        pairs.add(TextPair.of(queries.get(query), corpus.get(document)));
                    }
                }));
        if (pairs.isEmpty()) {
            throw new IOException(qrels(split) + ": no document with a text has a grade of 1 or more, expected one at"
                    + " least to train on");
        }
        return pairs;
    }

    private static int grade(DataRow row) throws IOException {
        String text = row.text(GRADE);
        try {
            if (text.length() <= FiniteNumber.LONGEST) {
                return new BigDecimal(text).intValueExact();
            }
            throw new NumberFormatException(text.length() + " characters");
        } catch (NumberFormatException | ArithmeticException e) {
            IOException failure = row.failure(GRADE, "is " + Quoted.value(text) + ", expected a whole number");
            failure.initCause(e);
            throw failure;
        }
    }

    private static Map<String, String> texts(Path file, Rows.Mapper<String> textOf) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonRow.readAll(file, (row, number) -> {
            String id = row.label("_id");
            if (id.isBlank()) {
                throw row.failure("_id", "is empty, expected an id");
            }
            if (texts.putIfAbsent(id, textOf.map(row)) != null) {
                throw row.failure("_id", "is " + Quoted.value(id) + " as in a line before, expected different ids");
            }
            return List.of(id);
        });
        return texts;
    }

    /** A document may have an empty text. */
    private static String document(DataRow row) throws IOException {
        String title = row.has("title") ? row.text("title") : "";
        String text = (title + " " + row.text("text")).strip();
        row.refuse("text", TextProblem.ofUnicode(text));
        return text;
    }
}
