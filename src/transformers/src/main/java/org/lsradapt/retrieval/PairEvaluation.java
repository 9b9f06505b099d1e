package org.lsradapt.retrieval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.internal.SplitMix64;

/** Turns pairs into the data on which retrieval is measured. */
final class PairEvaluation {

    private PairEvaluation() {}

    /**
     * Returns data with the anchors as queries. The documents are the positives and negatives of the pairs, then other documents up to
     * the limit, chosen at random if not all fit; equal texts are merged. A document and a query with equal texts have the same id, so
     * that no query finds itself.
     *
     * @param limit the maximal number of documents; those of the pairs are always included
     * @return the data; empty if every anchor equals its positive
     */
    static Optional<RetrievalData> of(List<TextPair> pairs, List<String> others, int limit, long seed) {
        Map<String, String> ids = new HashMap<>();
        Set<String> queries = new LinkedHashSet<>();
        Set<String> documents = new LinkedHashSet<>();
        Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
        for (TextPair pair : pairs) {
            documents.add(pair.positive());
            documents.addAll(pair.negatives());
            if (!pair.anchor().equals(pair.positive())) {
                queries.add(pair.anchor());
                judgements
                        .computeIfAbsent(id(ids, pair.anchor()), query -> new LinkedHashMap<>())
                        .put(id(ids, pair.positive()), 1);
            }
        }
        List<String> more = more(documents, others, limit, seed);
        return queries.isEmpty()
                ? Optional.empty()
                : Optional.of(new RetrievalData(
                        Stream.concat(documents.stream(), more.stream())
                                .map(text -> identified(ids, text))
                                .toList(),
                        queries.stream().map(text -> identified(ids, text)).toList(),
                        judgements));
    }

    /** The others that are not among the documents, up to the limit; chosen at random if not all fit. */
    static List<String> more(Set<String> documents, List<String> others, int limit, long seed) {
        List<String> more = new ArrayList<>(new LinkedHashSet<>(others));
        more.removeAll(documents);
        if (documents.size() + more.size() > limit) {
            Collections.shuffle(more, SplitMix64.random(seed));
            more = more.subList(0, Math.max(0, limit - documents.size()));
        }
        return more;
    }

    static IdentifiedText identified(Map<String, String> ids, String text) {
        return new IdentifiedText(id(ids, text), text);
    }

    static String id(Map<String, String> ids, String text) {
        return ids.computeIfAbsent(text, unknown -> "text" + (ids.size() + 1));
    }

    /**
     * A number for each pair that all pairs connected to it by equal texts share: the lowest of their texts' numbers. It keeps each
     * anchor and each positive on one side.
     */
    static List<Integer> components(List<TextPair> pairs) {
        Map<String, Integer> numbers = new HashMap<>();
        int[] parents = IntStream.range(0, 2 * pairs.size()).toArray();
        for (TextPair pair : pairs) {
            int anchor = root(parents, number(numbers, pair.anchor()));
            int positive = root(parents, number(numbers, pair.positive()));
            parents[Math.max(anchor, positive)] = Math.min(anchor, positive);
        }
        return pairs.stream()
                .map(pair -> root(parents, numbers.get(pair.anchor())))
                .toList();
    }

    private static int number(Map<String, Integer> numbers, String text) {
        Integer number = numbers.putIfAbsent(text, numbers.size());
        return number == null ? numbers.size() - 1 : number;
    }

    private static int root(int[] parents, int number) {
        int root = number;
        while (parents[root] != root) {
            parents[root] = parents[parents[root]];
            root = parents[root];
        }
        return root;
    }
}
