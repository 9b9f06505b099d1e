package org.lsradapt.retrieval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;

/** Turns judged queries into the data on which rerankers are measured. */
final class QueryEvaluation {
    /** If there are fractional grades, a passage is relevant from this grade on. */
    private static final double RELEVANT = 0.5;

    private QueryEvaluation() {}

    /**
     * Returns the queries with their own passages as candidates, in order. The corpus has more documents for a first stage to search.
     *
     * @param judged queries; those without a relevant passage are left out
     * @param limit the maximal number of documents; those of the queries are always included
     * @param stage the name of the order of the passages
     * @return the candidates; empty if no query has a relevant passage
     */
    static Optional<Candidates> of(List<JudgedQuery> judged, List<String> others, int limit, long seed, String stage) {
        boolean whole =
                judged.stream().flatMap(query -> query.grades().stream()).allMatch(grade -> grade == Math.rint(grade));
        Map<String, String> ids = new HashMap<>();
        List<IdentifiedText> queries = new ArrayList<>();
        Set<String> documents = new LinkedHashSet<>();
        Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
        Map<String, List<String>> found = new LinkedHashMap<>();
        for (JudgedQuery query : judged) {
            List<Integer> grades =
                    query.grades().stream().map(grade -> grade(grade, whole)).toList();
            if (grades.stream().noneMatch(grade -> grade > 0)) {
                continue;
            }
            IdentifiedText asked = PairEvaluation.identified(ids, query.query());
            queries.add(asked);
            documents.addAll(query.passages());
            Map<String, Integer> known = new LinkedHashMap<>();
            for (int i = 0; i < grades.size(); i++) {
                known.put(PairEvaluation.id(ids, query.passages().get(i)), grades.get(i));
            }
            judgements.put(asked.id(), known);
            found.put(asked.id(), List.copyOf(known.keySet()));
        }
        if (queries.isEmpty()) {
            return Optional.empty();
        }
        List<IdentifiedText> corpus = Stream.concat(
                        documents.stream(), PairEvaluation.more(documents, others, limit, seed).stream())
                .map(text -> PairEvaluation.identified(ids, text))
                .toList();
        return Optional.of(new Candidates(new RetrievalData(corpus, queries, judgements), found, stage));
    }

    private static int grade(double grade, boolean whole) {
        return whole ? (int) Math.min(grade, Integer.MAX_VALUE) : grade >= RELEVANT ? 1 : 0;
    }
}
