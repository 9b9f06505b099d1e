package org.lsradapt.retrieval;

import java.util.Arrays;
import java.util.List;

/**
 * Keeps the k documents with the largest scores; among equal scores, those with the lowest rows. For one thread.
 *
 * <p>A hit is packed into a long. The upper half holds the bits of the score, transformed so that they compare as the
 * numbers do; the lower half holds the complement of the row. The longs form a heap with the worst hit on top.
 */
final class TopHits {

    private final long[] heap;
    private int size;
    private float bar = Float.NEGATIVE_INFINITY;

    /** Makes an empty set that keeps at most {@code k} hits, at least 1. */
    TopHits(int k) {
        heap = new long[k];
    }

    /** The score that a new hit must exceed, or equal if there are fewer than k hits. */
    float bar() {
        return bar;
    }

    /** Offers a document with a finite score. */
    void add(int document, float score) {
        long key = key(document, score);
        if (size < heap.length) {
            heap[size++] = key;
            siftUp(size - 1);
        } else if (key > heap[0]) {
            heap[0] = key;
            siftDown();
        }
        if (size == heap.length) {
            bar = score(heap[0]);
        }
    }

    /** The hits, best first; a new list. */
    List<Hit> sorted() {
        long[] keys = Arrays.copyOf(heap, size);
        Arrays.sort(keys);
        Hit[] hits = new Hit[size];
        for (int i = 0; i < size; i++) {
            long key = keys[size - 1 - i];
            hits[i] = new Hit(~(int) key, score(key));
        }
        return List.of(hits);
    }

    private static long key(int document, float score) {
        int bits = Float.floatToIntBits(score + 0.0f); // -0.0 becomes 0.0
        int ordered = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
        return ((long) ordered << 32) | (~document & 0xFFFFFFFFL);
    }

    private static float score(long key) {
        int ordered = (int) (key >> 32);
        return Float.intBitsToFloat(ordered >= 0 ? ordered : ordered ^ Integer.MAX_VALUE);
    }

    private void siftUp(int from) {
        long key = heap[from];
        int at = from;
        while (at > 0 && heap[(at - 1) / 2] > key) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = key;
    }

    private void siftDown() {
        long key = heap[0];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            child += child + 1 < size && heap[child + 1] < heap[child] ? 1 : 0;
            if (heap[child] >= key) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = key;
    }
}
