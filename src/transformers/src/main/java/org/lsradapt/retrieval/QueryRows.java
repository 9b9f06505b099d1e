package org.lsradapt.retrieval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.lsr.internal.SplitMix64;

/** Groups rows by query. For one thread. */
final class QueryRows {
    private final String source;
    private final Map<String, Map<String, Passage>> queries = new LinkedHashMap<>();

    /** A passage's text, its grade of relevance, and the teacher's score, if there is one. */
    record Passage(String text, double grade, Optional<Double> score) {}

    QueryRows(String source) {
        this.source = source;
    }

    /** Adds passages of a query. A passage that is already there must have the same grade and score. */
    void add(String query, List<Passage> passages) throws IOException {
        Map<String, Passage> known = queries.computeIfAbsent(query, first -> new LinkedHashMap<>());
        for (Passage passage : passages) {
            Passage before = known.putIfAbsent(passage.text(), passage);
            if (before != null && !before.equals(passage)) {
                throw new IOException(source + ": query " + Quoted.value(query) + " has the passage "
                        + Quoted.value(passage.text()) + " twice, with label " + before.grade()
                        + before.score().map(score -> " and score " + score).orElse("") + " and with label "
                        + passage.grade()
                        + passage.score().map(score -> " and score " + score).orElse("")
                        + ", expected the same");
            }
        }
    }

    /** The queries in the order of their first occurrence; a seed shuffles the passages of each. */
    List<JudgedQuery> merged(OptionalLong seed) {
        Random random = SplitMix64.random(seed.orElse(0));
        List<JudgedQuery> merged = new ArrayList<>();
        queries.forEach((query, known) -> {
            List<Passage> passages = new ArrayList<>(known.values());
            if (seed.isPresent()) {
                Collections.shuffle(passages, random);
            }
            merged.add(new JudgedQuery(
                    query,
                    passages.stream().map(Passage::text).toList(),
                    passages.stream().map(Passage::grade).toList(),
                    passages.stream()
                            .flatMap(passage -> passage.score().stream())
                            .toList()));
        });
        return merged;
    }
}
