package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cli.Main;

/** Runs {@code lsr-adapt serve} of a page in a thread of this process, on a free port, and the shell's commands against it. */
final class PageServer implements AutoCloseable {
    private static final String PAGES_PORT = "127.0.0.1:8080";
    private static final Pattern ADDRESS = Pattern.compile("http://(\\S+) serves");
    private static final int SECONDS = 120;

    private final Path folder;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private String address = PAGES_PORT;
    private @Nullable Thread running;

    PageServer(Path folder) {
        this.folder = folder;
    }

    /** Starts the server and returns what it prints, with the page's address. */
    String start(Tutorial page, String command) {
        String[] given = page.arguments(command);
        String[] arguments = Arrays.copyOf(given, given.length + 2);
        arguments[given.length] = "--port";
        arguments[given.length + 1] = "0";
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        running = new Thread(() -> Main.run(arguments, InputStream.nullInputStream(), printed, System.err), "serve");
        running.start();
        for (int i = 0; i < SECONDS * 10 && running.isAlive(); i++) {
            Matcher known = ADDRESS.matcher(out.toString(StandardCharsets.UTF_8));
            if (known.find()) {
                address = known.group(1);
                return out.toString(StandardCharsets.UTF_8).replace(address, PAGES_PORT);
            }
            pause();
        }
        throw new AssertionError("the server of the page does not start: " + out.toString(StandardCharsets.UTF_8));
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a command in the shell and returns what it prints. */
    String shell(String command) {
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", command.replace(PAGES_PORT, address))
                    .directory(folder.toFile())
                    .redirectErrorStream(true);
            Path keys = folder.resolve("keys.txt");
            if (Files.exists(keys)) {
                builder.environment().put("KEY", Files.readString(keys).strip());
            }
            Process process = builder.start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), command);
            assertEquals(0, process.exitValue(), () -> command + "\n" + printed);
            return printed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the server, and fails if it does not end. */
    @Override
    public void close() {
        if (running != null) {
            running.interrupt();
            try {
                running.join(TimeUnit.SECONDS.toMillis(SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertTrue(!running.isAlive(), "the server of the page does not stop");
        }
    }
}
