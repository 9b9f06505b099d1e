package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;

/** Checks which texts can be file names or paths on this machine. */
final class FileNames {

    private FileNames() {}

    /** Converts a text to a path, or throws the function's exception with a complaint about the text. */
    static Path path(String text, Function<String, IOException> failure) throws IOException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw failure.apply("found \"" + text + "\", which cannot be the name of a file or folder here ("
                    + e.getReason() + "), expected "
                    + (isUtf8(text) ? "a UTF-8 locale, such as LC_ALL=C.UTF-8, or " : "") + "another name");
        }
    }

    /** Whether a text that is not a valid name here could be one on a system with UTF-8 names. */
    private static boolean isUtf8(String text) {
        return text.indexOf('\0') < 0
                && StandardCharsets.UTF_8.newEncoder().canEncode(text)
                && !StandardCharsets.US_ASCII.newEncoder().canEncode(text);
    }
}
