package org.lsradapt.retrieval;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.rules.Quoted;

/**
 * The evaluation data of rerankers: for each query, the documents that a first stage found, best first. A reranker reorders them.
 * Relevant documents that the first stage did not find count as not found. All collections keep their order and are unmodifiable copies;
 * thread-safe.
 *
 * @param data documents, queries and judgements
 * @param found the ids of the candidates by query id, best first; each query has at least one
 * @param stage a short name of the source of this order, such as "minilm" or "order of the rows"
 */
public record Candidates(RetrievalData data, Map<String, List<String>> found, String stage) {

    /** Copies the data; each query has candidates, all different and in the corpus. */
    public Candidates {
        Set<String> documents =
                data.corpus().stream().map(IdentifiedText::id).collect(Collectors.toCollection(HashSet::new));
        Map<String, List<String>> copy = new LinkedHashMap<>();
        for (IdentifiedText query : data.queries()) {
            List<String> ids = List.copyOf(found.getOrDefault(query.id(), List.of()));
            String place = "candidates of query " + Quoted.value(query.id()) + ": ";
            if (ids.isEmpty()) {
                throw new IllegalArgumentException(place + "there are none, expected at least one");
            }
            if (new HashSet<>(ids).size() < ids.size() || !documents.containsAll(ids)) {
                throw new IllegalArgumentException(place + "found " + Quoted.shortened(ids.toString())
                        + ", expected different ones of the corpus");
            }
            copy.put(query.id(), ids);
        }
        found = Collections.unmodifiableMap(copy);
    }

    /** The number of pairs of a query and a candidate. */
    public int size() {
        return found.values().stream().mapToInt(List::size).sum();
    }
}
