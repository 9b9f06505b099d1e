package org.lsradapt.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes.
 *
 * @param in texts to classify
 * @param out results and progress
 * @param err the line about bad input
 * @param interactive whether somebody looks at {@code out} as it is written
 */
record Console(InputStream in, PrintStream out, PrintStream err, boolean interactive) {

    /** The process's own streams. */
    static Console system() {
        return new Console(System.in, readable(System.out, "stdout.encoding"),
                readable(System.err, "stderr.encoding"), isTerminal());
    }

    /** In a locale that knows ASCII only, as in many containers, writes UTF-8 rather than question marks. */
    private static PrintStream readable(PrintStream stream, String property) {
        String encoding = System.getProperty(property, Charset.defaultCharset().name());
        return Charset.isSupported(encoding) && Charset.forName(encoding).equals(StandardCharsets.US_ASCII)
                ? new PrintStream(stream, true, StandardCharsets.UTF_8)
                : stream;
    }

    /** From Java 22 on there is a console without a terminal too, and a method that tells. */
    private static boolean isTerminal() {
        java.io.Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }
}
