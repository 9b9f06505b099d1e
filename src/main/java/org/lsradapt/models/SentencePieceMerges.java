package org.lsradapt.models;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges of a SentencePiece vocabulary. SentencePiece joins the neighbours whose piece has the highest score; a BPE
 * joins those whose merge comes first. Every way to divide a piece into two is a merge, ordered as the converter of
 * transformers orders them: by the piece's score, then the longer left and right part first, then by the parts' numbers.
 */
final class SentencePieceMerges {

    /** Longest piece that is divided, in UTF-16 units; SentencePiece's own limit is 16 characters. */
    private static final int LONGEST_PIECE = 512;

    /**
     * Two pieces to be joined.
     *
     * @param score of the piece that they make
     */
    record Merge(String left, String right, float score) {}

    private final Map<String, Float> scores = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();

    /** Adds a piece, each once and in the order of their numbers. */
    void add(String piece, int id, float score) {
        scores.put(piece, score);
        ids.put(piece, id);
    }

    /** All merges, the first to be done first. */
    List<Merge> inOrder() {
        List<Merge> merges = new ArrayList<>();
        scores.forEach((piece, score) -> {
            List<Merge> own = new ArrayList<>();
            int length = piece.length() <= LONGEST_PIECE ? piece.length() : 0;
            for (int at = 1; at < length; at++) {
                String left = piece.substring(0, at);
                String right = piece.substring(at);
                if (!Character.isLowSurrogate(right.charAt(0)) && ids.containsKey(left) && ids.containsKey(right)) {
                    own.add(new Merge(left, right, score));
                }
            }
            own.sort(Comparator.comparing((Merge merge) -> ids.get(merge.left()))
                    .thenComparing(merge -> ids.get(merge.right())));
            merges.addAll(own);
        });
        merges.sort(Comparator.comparing(Merge::score)
                .thenComparing(merge -> characters(merge.left()))
                .thenComparing(merge -> characters(merge.right()))
                .reversed());
        return merges;
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
