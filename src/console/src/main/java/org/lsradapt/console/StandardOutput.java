package org.lsradapt.console;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Optional;

/** A print stream that reports the reason of a failed print, which {@link PrintStream} hides. */
public final class StandardOutput extends PrintStream {
    /** Messages of Linux, macOS and Windows after a reader, such as {@code head}, has closed the pipe. */
    private static final String NO_READER = "(?i).*(broken pipe|pipe is being closed|pipe has been ended).*";

    private final Watched watched;

    public StandardOutput(OutputStream target, Charset encoding) {
        this(new Watched(target), encoding);
    }

    private StandardOutput(Watched watched, Charset encoding) {
        super(watched, true, encoding);
        this.watched = watched;
    }

    /** The reason of a failed print; empty if everything was printed, or if the reader has closed the pipe. */
    public static Optional<String> failure(PrintStream out) {
        if (!out.checkError()) {
            return Optional.empty();
        }
        String reason = out instanceof StandardOutput own && own.watched.failure != null
                ? String.valueOf(own.watched.failure.getMessage())
                : "it cannot be written to";
        return Optional.of(reason).filter(text -> !text.matches(NO_READER));
    }

    private static final class Watched extends FilterOutputStream {
        private IOException failure;

        @FunctionalInterface
        private interface Call {
            void run() throws IOException;
        }

        Watched(OutputStream target) {
            super(target);
        }

        @Override
        public void write(int b) throws IOException {
            watch(() -> out.write(b));
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            watch(() -> out.write(bytes, from, count));
        }

        @Override
        public void flush() throws IOException {
            watch(out::flush);
        }

        private void watch(Call call) throws IOException {
            try {
                call.run();
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
