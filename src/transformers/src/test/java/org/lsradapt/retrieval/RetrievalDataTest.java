package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.IdentifiedText;

class RetrievalDataTest {

    private static final List<IdentifiedText> CORPUS =
            List.of(new IdentifiedText("d1", "one"), new IdentifiedText("d2", ""));
    private static final List<IdentifiedText> QUERIES = List.of(new IdentifiedText("q", "what"));

    @Test
    void of_laterChanges_areNotSeen() {
        List<IdentifiedText> corpus = new ArrayList<>(CORPUS);
        List<IdentifiedText> queries = new ArrayList<>(QUERIES);
        Map<String, Integer> grades = new HashMap<>(Map.of("d1", 1));
        Map<String, Map<String, Integer>> judgements = new HashMap<>(Map.of("q", grades));
        RetrievalData data = new RetrievalData(corpus, queries, judgements);
        corpus.clear();
        queries.clear();
        grades.put("d2", 3);
        judgements.clear();
        assertEquals(CORPUS, data.corpus());
        assertEquals(QUERIES, data.queries());
        assertEquals(Map.of("q", Map.of("d1", 1)), data.judgements());
        assertThrows(
                UnsupportedOperationException.class,
                () -> data.judgements().get("q").clear());
    }

    @Test
    void of_whatDoesNotFit_isRefused() {
        Map<String, Map<String, Integer>> judgements = Map.of("q", Map.of("d1", 1));
        refused("corpus: the list is empty, expected at least one text", List.of(), QUERIES, judgements);
        refused("queries: the list is empty, expected at least one text", CORPUS, List.of(), judgements);
        refused(
                "corpus: id \"d1\" is there twice, expected different ones",
                List.of(CORPUS.get(0), CORPUS.get(0)),
                QUERIES,
                judgements);
        refused(
                "the text of query \"q\" is empty, expected a text",
                CORPUS,
                List.of(new IdentifiedText("q", " ")),
                judgements);
        refused("query \"q\" has no judgements, expected one at least", CORPUS, QUERIES, Map.of("q", Map.of()));
        refused(
                "there are judgements of query \"p\", which is not among the queries",
                CORPUS,
                QUERIES,
                Map.of("q", Map.of("d1", 1), "p", Map.of("d1", 1)));
        refused(
                "document \"d3\" is relevant to query \"q\", but not in the corpus",
                CORPUS,
                QUERIES,
                Map.of("q", Map.of("d3", 1)));
        // What is not relevant is never found, so that it need not be there.
        new RetrievalData(CORPUS, QUERIES, Map.of("q", Map.of("d3", 0)));
    }

    @Test
    void identifiedText_badValues_areRefused() {
        assertEquals(
                "identified text: the id is empty, expected one",
                assertThrows(IllegalArgumentException.class, () -> new IdentifiedText(" ", "a"))
                        .getMessage());
        assertEquals(
                "identified text \"a\": the text holds half of a surrogate pair, expected whole characters",
                assertThrows(IllegalArgumentException.class, () -> new IdentifiedText("a", "\ud800"))
                        .getMessage());
    }

    private static void refused(
            String message,
            List<IdentifiedText> corpus,
            List<IdentifiedText> queries,
            Map<String, Map<String, Integer>> judgements) {
        assertEquals(
                "retrieval data: " + message,
                assertThrows(IllegalArgumentException.class, () -> new RetrievalData(corpus, queries, judgements))
                        .getMessage());
    }
}
