package org.lsradapt.models.internal.tokenizers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's {@code precompiled_charsmap}: the length in bytes of a trie (little-endian, 32 bits), the trie as a
 * double array of 32-bit units, and the replacements, each followed by a NUL. A unit has the byte that leads to it
 * (bits 0 to 7), whether a word ends there (bit 8), and the distance to its children (bits 10 to 31, times 256 if bit
 * 9); a word's value, in the unit at that distance, is where its replacement begins.
 *
 * <p>The native reader follows the units without checking the array's end.
 */
final class CharsMap {

    /** The limit in bytes; the longest in SentencePiece's own rules has 33. */
    private static final int LONGEST_REPLACEMENT = 256;

    private final int[] units;
    private final byte[] replacements;

    private CharsMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /** Checks every unit that a text can lead to; none may lead outside, or replace ASCII letters and digits by anything else. */
    static String checked(String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not base64: " + e.getMessage(), e);
        }
        if (!Base64.getEncoder().encodeToString(bytes).equals(base64)) {
            throw new IllegalArgumentException("not base64 with padding");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < 4) {
            throw new IllegalArgumentException(
                    "has " + bytes.length + " bytes, expected the length of a trie and a trie");
        }
        long length = Integer.toUnsignedLong(buffer.getInt());
        if (length % 4 != 0 || length == 0 || length > buffer.remaining()) {
            throw new IllegalArgumentException("has a trie of " + length
                    + " bytes, expected a multiple of 4 from 4 to the " + buffer.remaining() + " bytes there are");
        }
        int[] units = new int[(int) length / 4];
        buffer.asIntBuffer().get(units);
        buffer.position(4 + (int) length);
        byte[] replacements = new byte[buffer.remaining()];
        buffer.get(replacements);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("has replacements that are not UTF-8", e);
        }
        CharsMap map = new CharsMap(units, replacements);
        map.walk();
        for (char c = 0; c < 0x80; c++) {
            if (Character.isLetterOrDigit(c)) {
                map.requireKept(c);
            }
        }
        return base64;
    }

    private void walk() {
        BitSet seen = new BitSet();
        Deque<Integer> places = new ArrayDeque<>();
        visit(children(0, units[0]), seen, places);
        while (!places.isEmpty()) {
            int place = places.remove();
            for (int b = 1; b < 256; b++) {
                int unit = unit(place ^ b);
                if (label(unit) == b) {
                    int next = children(place ^ b, unit);
                    if (isEnd(unit)) {
                        requireReplacement(value(next));
                    }
                    visit(next, seen, places);
                }
            }
        }
    }

    private void visit(int place, BitSet seen, Deque<Integer> places) {
        unit(place ^ 1);
        if (!seen.get(place)) {
            seen.set(place);
            places.add(place);
        }
    }

    private int unit(int index) {
        if (index >= units.length) {
            throw new IllegalArgumentException("leads to unit " + index + " of its trie, which has " + units.length);
        }
        return units[index];
    }

    private int value(int index) {
        return unit(index) & Integer.MAX_VALUE;
    }

    private static int children(int index, int unit) {
        return index ^ ((unit >>> 10) << ((unit & (1 << 9)) >> 6));
    }

    private static boolean isEnd(int unit) {
        return ((unit >> 8) & 1) == 1;
    }

    private static int label(int unit) {
        return unit & ((1 << 31) | 0xff);
    }

    private int requireReplacement(int start) {
        int end = start;
        while (end < replacements.length && replacements[end] != 0 && end - start <= LONGEST_REPLACEMENT) {
            end++;
        }
        if (end >= replacements.length || end - start > LONGEST_REPLACEMENT || (replacements[start] & 0xc0) == 0x80) {
            throw new IllegalArgumentException("has a replacement at byte " + start + " of " + replacements.length
                    + ", expected a character there and a NUL within " + LONGEST_REPLACEMENT + " bytes");
        }
        return end;
    }

    /** Ensures that a token of letters never becomes empty, which the native library would find everywhere. */
    private void requireKept(char c) {
        int place = children(0, units[0]) ^ c;
        int unit = unit(place);
        if (label(unit) != c || !isEnd(unit)) {
            return;
        }
        int start = value(children(place, unit));
        int end = requireReplacement(start);
        boolean kept = end > start;
        for (int i = start; i < end; i++) {
            kept &= replacements[i] > 0 && Character.isLetterOrDigit(replacements[i]);
        }
        if (!kept) {
            throw new IllegalArgumentException("replaces '" + c + "' by a text of other than ASCII letters and digits");
        }
    }
}
