package org.lsradapt.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Runs a program of edits. Its first byte chooses a valid input; each of the edits behind it chooses a file and a place:
 * bits, bytes and numbers that are set, ranges that are cut, repeated or taken from elsewhere, lines and fields of JSON.
 * Every program does something, and one that is altered a little does something similar.
 */
final class Edits {

    /** Most bytes that edits make of a file. */
    static final int MOST_BYTES = 1 << 16;

    private static final int LONGEST = 64;

    /** Numbers at which formats, types and checks end. */
    static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        3,
        7,
        8,
        31,
        32,
        127,
        128,
        255,
        256,
        32767,
        65535,
        65536,
        1 << 20,
        100_000_000,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xffff_ffffL,
        1L << 32,
        1L << 40,
        1L << 61,
        Long.MAX_VALUE - 7,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    /** What may stand for a number in a text. */
    static final List<String> NUMERALS = List.of(
            "0",
            "1",
            "-1",
            "2",
            "10",
            "255",
            "65536",
            "10001",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "1e3",
            "1e10",
            "1e308",
            "1e999",
            "-1e-999",
            "0.5",
            "-0.0",
            "NaN",
            "Infinity",
            "00",
            "1".repeat(400));

    private static final Pattern DIGITS = Pattern.compile("-?\\d+(\\.\\d+)?");

    private final List<FileSet> seeds;
    private final Program program;
    private FileSet current;
    private boolean repaired = true;

    private Edits(List<FileSet> seeds, byte[] program) {
        this.seeds = seeds;
        this.program = new Program(program);
    }

    /** The input that a program makes. */
    static FileSet apply(Subject subject, List<FileSet> seeds, byte[] program) {
        Edits edits = new Edits(seeds, program);
        edits.run();
        return edits.repaired ? subject.repair().apply(edits.current) : edits.current;
    }

    private void run() {
        current = seeds.get(program.below(seeds.size()));
        while (program.hasNext()) {
            int operation = program.next();
            String name = name(current);
            if (name == null) {
                return;
            }
            byte[] content = current.files().get(name);
            byte[] edited = edit(operation % 18, name, content);
            if (edited == null) {
                current = current.without(name);
            } else if (edited != content) {
                current = current.with(name, edited.length <= MOST_BYTES ? edited : Arrays.copyOf(edited, MOST_BYTES));
            }
        }
    }

    private String name(FileSet set) {
        List<String> names = List.copyOf(set.files().keySet());
        return names.isEmpty() ? null : names.get(program.below(names.size()));
    }

    private byte[] edit(int operation, String name, byte[] content) {
        int at = program.below(content.length + 1);
        return switch (operation) {
            case 0 -> spliced(content, at, at + 1, new byte[] {(byte) program.next()});
            case 1 -> flipped(content, at);
            case 2 -> number(content, at);
            case 3 -> Arrays.copyOf(content, at);
            case 4 -> spliced(content, at, at, program.take(1 + program.below(LONGEST)));
            case 5 -> spliced(content, at, at + 1 + program.below(LONGEST), new byte[0]);
            case 6 -> repeated(content, at);
            case 7 -> spliced(content, at, at, part(other(name)));
            case 8 -> other(name);
            case 9 -> numeral(content, at);
            case 10 -> lines(content);
            case 11 -> {
                repaired = program.below(4) != 0;
                yield content;
            }
            case 12 -> program.below(8) == 0 ? null : content;
            case 13 -> program.below(8) == 0 ? program.take(MOST_BYTES) : content;
            default -> JsonEdits.apply(name, content, program);
        };
    }

    /** The file of this name, or else any, of another valid input. */
    private byte[] other(String name) {
        FileSet set = seeds.get(program.below(seeds.size()));
        String there = set.files().containsKey(name) ? name : name(set);
        return set.files().get(there);
    }

    private byte[] part(byte[] content) {
        int from = program.below(content.length);
        return Arrays.copyOfRange(content, from, Math.min(content.length, from + 1 + program.below(LONGEST)));
    }

    private static byte[] flipped(byte[] content, int at) {
        if (at == content.length) {
            return content;
        }
        byte[] result = content.clone();
        result[at] ^= (byte) (1 << (at & 7));
        return result;
    }

    /** Another number of 1, 2, 4 or 8 bytes, or the one there plus or minus a little. */
    private byte[] number(byte[] content, int at) {
        int width = 1 << program.below(4);
        int choice = program.below(NUMBERS.length + 8);
        if (at + width > content.length) {
            return content;
        }
        byte[] result = content.clone();
        ByteBuffer all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        all.put(0, content, at, width);
        long value = choice < NUMBERS.length ? NUMBERS[choice] : all.getLong(0) + choice - NUMBERS.length - 4;
        all.putLong(0, value).get(0, result, at, width);
        return result;
    }

    private byte[] repeated(byte[] content, int at) {
        int end = Math.min(content.length, at + 1 + program.below(LONGEST));
        byte[] part = Arrays.copyOfRange(content, at, end);
        int times = Math.min(program.next() * (program.below(4) == 0 ? 64 : 1), MOST_BYTES / Math.max(1, part.length));
        byte[] all = new byte[part.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(part, 0, all, i * part.length, part.length);
        }
        return spliced(content, at, at, all);
    }

    /** Another number for one that is written in digits. */
    private byte[] numeral(byte[] content, int at) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<MatchResult> found = DIGITS.matcher(text).results().limit(500).toList();
        if (found.isEmpty()) {
            return content;
        }
        MatchResult chosen = found.get(at % found.size());
        String numeral = NUMERALS.get(program.below(NUMERALS.size()));
        return spliced(content, chosen.start(), chosen.end(), numeral.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Lines that are lost, doubled, exchanged or joined, or that have other ends. */
    private byte[] lines(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("(?<=\n)", -1)));
        int line = program.below(lines.size());
        switch (program.below(6)) {
            case 0 -> lines.remove(line);
            case 1 -> lines.add(line, lines.get(line));
            case 2 -> lines.add(lines.remove(line));
            case 3 -> lines.set(line, lines.get(line).replace("\n", ""));
            case 4 -> lines.replaceAll(each -> each.replace("\n", "\r\n"));
            default -> lines.add(line, "\n");
        }
        return String.join("", lines).getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] spliced(byte[] content, int from, int to, byte[] replacement) {
        int start = Math.min(from, content.length);
        int end = Math.min(to, content.length);
        ByteBuffer result = ByteBuffer.allocate(start + replacement.length + content.length - end);
        return result.put(content, 0, start)
                .put(replacement)
                .put(content, end, content.length - end)
                .array();
    }
}
