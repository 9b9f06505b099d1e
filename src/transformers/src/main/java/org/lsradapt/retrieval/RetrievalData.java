package org.lsradapt.retrieval;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * The evaluation data of retrieval: documents to search, queries, and the relevant documents of each query. All collections keep their
 * order and are unmodifiable copies; thread-safe.
 *
 * @param corpus the documents, at least one
 * @param queries the queries, at least one; none is blank
 * @param judgements the grades by query id and document id; a document is relevant from grade 1 on. Each query has at least one relevant
 *     document; documents without a grade are not relevant.
 */
public record RetrievalData(
        List<IdentifiedText> corpus, List<IdentifiedText> queries, Map<String, Map<String, Integer>> judgements) {

    /**
     * Copies the data.
     *
     * @throws IllegalArgumentException if a list is empty, two texts of one list have the same id, a query is blank or has no judgements,
     *     or a judgement refers to a missing query or a missing relevant document
     */
    public RetrievalData {
        Set<String> documents = ids("corpus", corpus);
        Set<String> asked = ids("queries", queries);
        for (IdentifiedText query : queries) {
            Optional<String> complaint = TextProblem.ofText(query.text());
            if (complaint.isPresent()) {
                throw failure("the text of query " + Quoted.value(query.id()) + " " + complaint.get());
            }
            if (judgements.getOrDefault(query.id(), Map.of()).isEmpty()) {
                throw failure("query " + Quoted.value(query.id()) + " has no judgements, expected one at least");
            }
        }
        judgements.forEach((query, grades) -> {
            if (!asked.contains(query)) {
                throw failure(
                        "there are judgements of query " + Quoted.value(query) + ", which is not among the queries");
            }
            grades.forEach((document, grade) -> {
                if (grade > 0 && !documents.contains(document)) {
                    throw failure("document " + Quoted.value(document) + " is relevant to query " + Quoted.value(query)
                            + ", but not in the corpus");
                }
            });
        });
        corpus = List.copyOf(corpus);
        queries = List.copyOf(queries);
        Map<String, Map<String, Integer>> copy = new LinkedHashMap<>();
        judgements.forEach(
                (query, grades) -> copy.put(query, Collections.unmodifiableMap(new LinkedHashMap<>(grades))));
        judgements = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads a folder in BEIR's format (Thakur et al. 2021, arXiv 2104.08663): {@code corpus.jsonl} with "_id", "text" and optionally
     * "title", {@code queries.jsonl} with "_id" and "text", and {@code qrels/SPLIT.tsv} with the header "query-id", "corpus-id", "score".
     * A title is prepended to its text with a space, as in BEIR. Only the queries that the split judges are kept.
     *
     * @param split the name of a file in {@code qrels} without its extension: "train", "dev" or "test"
     * @throws IOException if a file is missing, cannot be read or does not follow its format, an id occurs twice, or a judgement refers
     *     to a missing query or a missing relevant document; the message names the file and the line
     */
    public static RetrievalData beir(Path folder, String split) throws IOException {
        return BeirFolder.read(folder).split(split);
    }

    private static Set<String> ids(String list, List<IdentifiedText> texts) {
        if (texts.isEmpty()) {
            throw failure(list + ": the list is empty, expected at least one text");
        }
        Set<String> ids = new HashSet<>();
        for (IdentifiedText text : texts) {
            if (!ids.add(text.id())) {
                throw failure(list + ": id " + Quoted.value(text.id()) + " is there twice, expected different ones");
            }
        }
        return ids;
    }

    private static IllegalArgumentException failure(String message) {
        return new IllegalArgumentException("retrieval data: " + message);
    }
}
