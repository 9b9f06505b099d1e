package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;

/** Which texts can be the name of a file, or the path to one, on this machine. */
final class FileNames {

    private FileNames() {}

    /**
     * The path that a text is.
     *
     * @param failure makes a complaint about the text an exception
     * @throws IOException the exception, if the text can be no path here
     */
    static Path path(String text, Function<String, IOException> failure) throws IOException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw failure.apply("found \"" + text + "\", which cannot be the name of a file or folder here ("
                    + e.getReason() + "), expected "
                    + (isUtf8(text) ? "a UTF-8 locale, such as LC_ALL=C.UTF-8, or " : "") + "another name");
        }
    }

    /** Whether a text that cannot be a name here could be one where names are UTF-8. */
    private static boolean isUtf8(String text) {
        return text.indexOf('\0') < 0
                && StandardCharsets.UTF_8.newEncoder().canEncode(text)
                && !StandardCharsets.US_ASCII.newEncoder().canEncode(text);
    }
}
