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
 * Where a command reads and writes.
 *
 * @param in texts to classify
 * @param out results and progress
 * @param err the line about bad input
 * @param interactive whether somebody looks at {@code out} as it is written
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

    /** UTF-8 rather than question marks in a locale that knows ASCII only, as in many containers. */
    private static Charset encoding(String property) {
        String name = System.getProperty(property, Charset.defaultCharset().name());
        Charset charset = Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
        return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
    }

    /** Refuses arguments that the JVM could not decode: in a locale that knows ASCII only, other letters are lost. */
    public static void requireDecoded(String[] arguments, String encoding) {
        for (String argument : arguments) {
            if (argument.indexOf('\ufffd') >= 0 && !encoding.equalsIgnoreCase("UTF-8")) {
                throw new BadInput("argument '" + argument
                        + "': cannot be read in this locale, whose encoding is " + encoding
                        + "; use a UTF-8 locale, such as LC_ALL=C.UTF-8, or texts from a file");
            }
        }
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
