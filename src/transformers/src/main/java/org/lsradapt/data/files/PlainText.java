package org.lsradapt.data.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Reads plain text, and finds the place to cut off its last part. */
public final class PlainText {

    private PlainText() {}

    /** The files themselves and the folders' non-hidden .txt files, by name. */
    public static List<Path> files(List<Path> filesOrFolders) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : filesOrFolders) {
            files.addAll(Files.isDirectory(path) ? textFiles(path) : List.of(path));
        }
        return files;
    }

    private static List<Path> textFiles(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.toString().endsWith(".txt") && Files.isRegularFile(file))
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        }
        if (files.isEmpty()) {
            throw new IOException(folder + ": no file in this folder ends in .txt, expected at least one that does");
        }
        return files;
    }

    /**
     * The texts of a file. Lines are joined by line feeds, whatever their original ends; blank lines around a text are dropped.
     *
     * @param byParagraph whether blank lines divide the file into texts; otherwise it is one text
     * @return at least one text; none is blank
     * @throws IOException if the file cannot be read, is not UTF-8, or has only white space
     */
    public static List<String> read(TextSource file, boolean byParagraph) throws IOException {
        List<String> texts = new ArrayList<>();
        try (LineReader lines = file.open()) {
            StringBuilder text = new StringBuilder();
            int blankLines = 0;
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    blankLines++;
                    continue;
                }
                if (blankLines > 0 && byParagraph && !text.isEmpty()) {
                    texts.add(text.toString());
                    text.setLength(0);
                }
                text.append(text.isEmpty() ? "" : "\n".repeat(blankLines + 1)).append(line);
                blankLines = 0;
            }
            if (!text.isEmpty()) {
                texts.add(text.toString());
            }
        }
        if (texts.isEmpty()) {
            throw new IOException(file + ": the file is empty, expected text");
        }
        return texts;
    }

    /**
     * Finds the place to cut the last part off a text: after the blank line nearest to the target or, if none is near, after the nearest
     * line end, after the nearest white space, or at the target. Near is within half the part's length.
     *
     * @param fraction the length of the part, as a fraction of the text's
     * @return the start of the part; empty if one side would be blank
     */
    public static Optional<Integer> cut(String text, double fraction) {
        int part = (int) Math.round(fraction * text.length());
        int wanted = text.length() - part;
        List<IntPredicate> ends = List.of(
                i -> i > 1 && text.charAt(i - 1) == '\n' && text.charAt(i - 2) == '\n',
                i -> text.charAt(i - 1) == '\n',
                i -> Character.isWhitespace(text.charAt(i - 1)),
                i -> !Character.isLowSurrogate(text.charAt(i)));
        return ends.stream()
                .flatMap(end -> IntStream.rangeClosed(Math.max(1, wanted - part / 2), wanted + part / 2)
                        .filter(i -> i < text.length() && end.test(i))
                        .boxed()
                        .min(Comparator.comparingInt(i -> Math.abs(i - wanted)))
                        .stream())
                .filter(i ->
                        !text.substring(0, i).isBlank() && !text.substring(i).isBlank())
                .findFirst();
    }
}
