package org.lsradapt.retrieval;

import static org.lsradapt.lsr.internal.Require.argument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Finds the documents whose embeddings have the largest dot products with a query's, by computing all of them. For the
 * cosine, normalize documents and queries before.
 *
 * <p>Each dot product is summed in FLOAT from the first dimension to the last, wherever the document lies and whatever
 * other searches run. So equal embeddings have equal scores, and a search finds the same on every machine. Documents
 * with equal scores are in the order of their rows.
 *
 * <p>Keeps a copy of the embeddings, n·d·4 bytes; each query needs k numbers more. Immutable, and safe for use by many
 * threads; a search of several queries uses all cores.
 */
public final class ExactSearch {

    /** The number of documents that lie side by side, so that the compiler vectorizes over them. */
    private static final int WIDTH = 256;

    /** The number of queries that are compared with a block while it is in the cache. */
    private static final int QUERIES = 16;

    private final int size;
    private final int dimensions;
    private final float[][][] blocks; // [n / WIDTH, d, WIDTH]

    private ExactSearch(float[][] documents) {
        size = documents.length;
        dimensions = documents.length == 0 ? 0 : documents[0].length;
        argument(
                size > 0 && dimensions > 0,
                "search: documents are [%d, %d], expected one of one dimension at least",
                size,
                dimensions);
        requireRows("documents", documents, dimensions);
        blocks = new float[(size + WIDTH - 1) / WIDTH][][];
        Parallel.run(blocks.length, block -> blocks[block] = block(documents, block * WIDTH));
    }

    /**
     * Searches in the rows of a matrix.
     *
     * @param documents embeddings [n, d] of finite numbers; copied
     * @throws IllegalArgumentException if there are no documents, or they have different lengths or are not finite
     */
    public static ExactSearch in(float[][] documents) {
        return new ExactSearch(documents);
    }

    /**
     * Searches in the rows of a matrix.
     *
     * @param documents embeddings [n, d] of finite numbers, FLOAT or DOUBLE, which is rounded; copied
     * @throws IllegalArgumentException if they have another shape or type, or are not finite
     */
    public static ExactSearch in(INDArray documents) {
        return in(rows("documents", documents));
    }

    /** The number of documents. */
    public int size() {
        return size;
    }

    /** The length of an embedding. */
    public int dimensions() {
        return dimensions;
    }

    /**
     * The best documents for one query.
     *
     * @param query its embedding [d] of finite numbers
     * @param k the number of documents, at least 1
     * @return the k best documents, or all if there are fewer, best first
     * @throws IllegalArgumentException if the query has another length or is not finite, or k is below 1
     */
    public List<Hit> search(float[] query, int k) {
        return search(new float[][] {query}, k).get(0);
    }

    /**
     * The best documents for each query.
     *
     * @param queries their embeddings [m, d] of finite numbers
     * @param k the number of documents, at least 1
     * @return for each query the k best documents, or all if there are fewer, best first
     * @throws IllegalArgumentException if a query has another length or is not finite, or k is below 1
     */
    public List<List<Hit>> search(float[][] queries, int k) {
        argument(k > 0, "search: k is %d, expected 1 or more", k);
        requireRows("queries", queries, dimensions);
        List<List<Hit>> found = new ArrayList<>(Collections.nCopies(queries.length, List.of()));
        Parallel.run((queries.length + QUERIES - 1) / QUERIES, task -> {
            int from = task * QUERIES;
            TopHits[] best = best(Arrays.copyOfRange(queries, from, Math.min(queries.length, from + QUERIES)), k);
            for (int i = 0; i < best.length; i++) {
                found.set(from + i, best[i].sorted());
            }
        });
        return found;
    }

    /**
     * The best documents for each query.
     *
     * @param queries their embeddings [m, d] of finite numbers, FLOAT or DOUBLE, which is rounded
     * @param k the number of documents, at least 1
     * @return for each query the k best documents, or all if there are fewer, best first
     * @throws IllegalArgumentException if the queries have another shape or type or are not finite, or k is below 1
     */
    public List<List<Hit>> search(INDArray queries, int k) {
        return search(rows("queries", queries), k);
    }

    private TopHits[] best(float[][] queries, int k) {
        TopHits[] best = new TopHits[queries.length];
        Arrays.setAll(best, i -> new TopHits(Math.min(k, size)));
        float[] scores = new float[WIDTH];
        for (int block = 0; block < blocks.length; block++) {
            int first = block * WIDTH;
            int count = Math.min(WIDTH, size - first);
            for (int i = 0; i < queries.length; i++) {
                score(queries[i], blocks[block], scores);
                for (int j = 0; j < count; j++) {
                    if (scores[j] >= best[i].bar()) {
                        best[i].add(first + j, scores[j]);
                    }
                }
            }
        }
        return best;
    }

    /** Computes the dot products of a query with a block's documents, four dimensions at a time in order. */
    private static void score(float[] query, float[][] block, float[] scores) {
        Arrays.fill(scores, 0);
        int i = 0;
        for (; i + 4 <= query.length; i += 4) {
            add(
                    query[i],
                    block[i],
                    query[i + 1],
                    block[i + 1],
                    query[i + 2],
                    block[i + 2],
                    query[i + 3],
                    block[i + 3],
                    scores);
        }
        for (; i < query.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                scores[j] += query[i] * block[i][j];
            }
        }
    }

    /** A separate method on rows without offsets: HotSpot makes it four times as fast as one with offsets. */
    private static void add(
            float a, float[] x, float b, float[] y, float c, float[] z, float d, float[] w, float[] scores) {
        for (int j = 0; j < scores.length; j++) {
            scores[j] = scores[j] + a * x[j] + b * y[j] + c * z[j] + d * w[j];
        }
    }

    /** Transposes WIDTH documents, from a row on, to [d, WIDTH]; missing rows are zeros. */
    private static float[][] block(float[][] documents, int first) {
        int dimensions = documents[0].length;
        float[][] block = new float[dimensions][WIDTH];
        for (int j = 0; j < Math.min(WIDTH, documents.length - first); j++) {
            for (int i = 0; i < dimensions; i++) {
                block[i][j] = documents[first + j][i];
            }
        }
        return block;
    }

    private static float[][] rows(String name, INDArray embeddings) {
        Require.shape("search", name, embeddings, "one row for each", -1, -1);
        Require.realType("search", name, embeddings);
        return embeddings.toFloatMatrix();
    }

    /** Checks that lengths agree and sums of squares, and so (Cauchy and Schwarz) all dot products, are finite. */
    static void requireRows(String name, float[][] rows, int dimensions) {
        for (int row = 0; row < rows.length; row++) {
            argument(
                    rows[row].length == dimensions,
                    "search: %s[%d] has %d numbers, expected %d as documents[0]",
                    name,
                    row,
                    rows[row].length,
                    dimensions);
            float squares = 0;
            for (float value : rows[row]) {
                squares += value * value;
            }
            if (!Float.isFinite(squares)) {
                throw new IllegalArgumentException("search: the squares of " + name + "[" + row + "] sum to " + squares
                        + ", expected a finite number");
            }
        }
    }
}
