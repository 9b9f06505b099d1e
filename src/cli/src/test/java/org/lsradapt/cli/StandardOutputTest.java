package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.Failures;
import org.lsradapt.console.StandardOutput;

class StandardOutputTest {

    /** Takes some bytes and then no more. */
    private static final class Full extends OutputStream {
        private final String reason;
        private int left;

        Full(int left, String reason) {
            this.left = left;
            this.reason = reason;
        }

        @Override
        public void write(int b) throws IOException {
            if (left-- <= 0) {
                throw new IOException(reason);
            }
        }
    }

    private static String run(PrintStream out, int expectedCode) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                new String[] {"--help"},
                InputStream.nullInputStream(),
                out,
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertEquals(expectedCode, code);
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void run_onAFullDisk_saysThatNotAllWasPrinted() {
        PrintStream out = new StandardOutput(new Full(100, "No space left on device"), StandardCharsets.UTF_8);
        assertEquals(
                "error: standard output: No space left on device; the rest was not printed",
                run(out, Failures.BAD_INPUT).strip());
        PrintStream other = new PrintStream(new Full(0, "?"), true, StandardCharsets.UTF_8);
        assertEquals(
                "error: standard output: it cannot be written to; the rest was not printed",
                run(other, Failures.BAD_INPUT).strip());
    }

    @Test
    void run_whoseReaderWantsNoMore_isSilent() {
        assertEquals("", run(new StandardOutput(new Full(100, "Broken pipe"), StandardCharsets.UTF_8), 0));
    }

    @Test
    void failure_ofWhatWasPrinted_isEmpty() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new StandardOutput(bytes, StandardCharsets.UTF_8);
        out.println("à");
        out.write('b');
        assertEquals(Optional.empty(), StandardOutput.failure(out));
        assertEquals("à" + System.lineSeparator() + "b", bytes.toString(StandardCharsets.UTF_8));
    }

    @Test
    void requireDecoded_ofLostLetters_refusesThemUnlessTheLocaleHasThem() {
        Console.requireDecoded(new String[] {"predict", "\ufffd"}, "UTF-8");
        Console.requireDecoded(new String[] {"predict", "a"}, "ANSI_X3.4-1968");
        String message = assertThrows(
                        BadInput.class,
                        () -> Console.requireDecoded(new String[] {"predict", "\ufffd\ufffd"}, "ANSI_X3.4-1968"))
                .getMessage();
        assertEquals(
                "argument '\ufffd\ufffd': cannot be read in this locale, whose encoding is ANSI_X3.4-1968;"
                        + " use a UTF-8 locale, such as LC_ALL=C.UTF-8, or texts from a file",
                message);
    }
}
