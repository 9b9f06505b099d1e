package org.lsradapt.models.internal.gguf;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The merges of a SentencePiece vocabulary. SentencePiece joins the neighbours whose piece has the highest score; a BPE
 * joins those whose merge comes first. Every division of a piece into two pieces is a merge. The order is that of
 * transformers' converter: by the piece's score, then the longer left and right part first, then by the parts' numbers.
 */
final class SentencePieceMerges {

    /** Longest piece to be divided, in UTF-16 units; SentencePiece's own limit is 16 characters. */
    private static final int LONGEST_PIECE = 512;

    /** Two pieces that are joined; {@code score} is that of the joined piece. */
    record Merge(String left, String right, float score) {}

    private final Map<String, Float> scores = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<String> learned = new ArrayList<>();

    /** Adds a piece, in the order of ids; texts are searched for user-defined ones before anything is joined. */
    void add(String piece, int id, float score, boolean userDefined) {
        scores.put(piece, score);
        ids.put(piece, id);
        if (!userDefined) {
            learned.add(piece);
        }
    }

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

    /**
     * Returns the reason why a list of merges does not suffice; empty if it does. Of two pieces of equal scores that
     * overlap in a text, SentencePiece joins the first. It also joins parts that are not pieces themselves. If all
     * pieces have the same score, it comes from a converter that had no others, not from SentencePiece. Runs of one
     * character are the same either way.
     */
    Optional<String> caveat() {
        List<String> joined = learned.stream()
                .filter(piece -> piece.length() <= LONGEST_PIECE
                        && piece.codePoints().distinct().count() > 1)
                .toList();
        Map<Float, List<String>> byScore = joined.stream().collect(Collectors.groupingBy(scores::get));
        Collection<List<String>> equal = byScore.size() < 2 ? List.of() : byScore.values();
        List<String> overlapping = equal.stream().flatMap(this::overlapping).toList();
        if (!overlapping.isEmpty()) {
            return Optional.of(caveat("the score of others that they overlap with", overlapping));
        }
        List<String> unreachable = joined.stream()
                .filter(piece -> piece.codePoints().anyMatch(c -> !scores.containsKey(Character.toString(c))))
                .toList();
        return unreachable.isEmpty()
                ? Optional.empty()
                : Optional.of(caveat("a character that is not a piece itself", unreachable));
    }

    /** Returns the pieces that end with the beginning of another one, where the common part is a piece. */
    private Stream<String> overlapping(List<String> pieces) {
        Map<String, Long> beginnings = pieces.stream()
                .flatMap(piece -> IntStream.range(1, piece.length()).mapToObj(end -> piece.substring(0, end)))
                .filter(ids::containsKey)
                .collect(Collectors.groupingBy(beginning -> beginning, Collectors.counting()));
        return pieces.stream()
                .filter(piece -> IntStream.range(1, piece.length())
                        .mapToObj(piece::substring)
                        .anyMatch(end -> beginnings.getOrDefault(end, 0L) > (piece.startsWith(end) ? 1 : 0)));
    }

    private static String caveat(String what, List<String> pieces) {
        return String.format(
                Locale.ROOT,
                "%,d of the pieces have %s, such as '%s': where they occur texts may become other"
                        + " tokens than SentencePiece's",
                pieces.size(),
                what,
                pieces.get(0));
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
