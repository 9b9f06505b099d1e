package org.lsradapt.tasks.reranking;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.retrieval.ExactSearch;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.TextEncoder;

/** The stage before a reranker: a search by embeddings, which finds the candidates to rank. */
public final class FirstStage {
    private FirstStage() {}

    /**
     * Finds candidates for queries.
     *
     * @param encoder embeds queries and documents
     * @param name the name of the stage, in a few words
     * @param data documents, queries and judgements, such as {@code RankingData.evaluation().data()}
     * @param k the number of candidates for each query, at least 1
     * @return for each query the k documents with the largest dot products, without itself, best first
     * @throws IllegalArgumentException if k is below 1
     */
    public static Candidates candidates(TextEncoder encoder, String name, RetrievalData data, int k) {
        Require.argument(k >= 1, "first stage: %d candidates, expected >= 1", k);
        ExactSearch search = ExactSearch.in(
                encoder.embed(data.corpus().stream().map(IdentifiedText::text).toList()));
        List<List<Hit>> hits = search.search(
                encoder.embedQueries(
                        data.queries().stream().map(IdentifiedText::text).toList()),
                k + 1);
        Map<String, List<String>> found = new LinkedHashMap<>();
        for (int i = 0; i < hits.size(); i++) {
            String query = data.queries().get(i).id();
            List<String> ids = new ArrayList<>();
            for (Hit hit : hits.get(i)) {
                String id = data.corpus().get(hit.document()).id();
                if (!id.equals(query) && ids.size() < k) {
                    ids.add(id);
                }
            }
            found.put(query, ids);
        }
        return new Candidates(data, found, "the " + k + " texts that " + name + " finds");
    }
}
