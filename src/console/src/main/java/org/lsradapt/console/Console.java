package org.lsradapt.console;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The streams of a command.
 *
 * @param out results and progress
 * @param err the line about bad input
 * @param interactive whether a user watches {@code out} as it is written
 */
public record Console(InputStream in, PrintStream out, PrintStream err, boolean interactive) {

    /** The process's own streams. */
    public static Console system() {
        OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        return new Console(
                System.in,
                new StandardOutput(out, encoding("stdout.encoding")),
                new PrintStream(System.err, true, encoding("stderr.encoding")),
                isTerminal());
    }

    /** Replaces ASCII by UTF-8, since locales that know ASCII only, as in many containers, would print question marks. */
    private static Charset encoding(String property) {
        String name = System.getProperty(property, Charset.defaultCharset().name());
        Charset charset = Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
        return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
    }

    /** Rejects arguments that the JVM could not decode: a locale that knows ASCII only loses other letters. */
    public static void requireDecoded(String[] arguments, String encoding) {
        for (String argument : arguments) {
            if (argument.indexOf('\ufffd') >= 0 && !encoding.equalsIgnoreCase("UTF-8")) {
                throw new BadInput("argument '" + argument
                        + "': cannot be read in this locale, whose encoding is " + encoding
                        + "; use a UTF-8 locale, such as LC_ALL=C.UTF-8, or texts from a file");
            }
        }
    }

    /** Asks the console itself from Java 22 on, where a console may exist without a terminal. */
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
