package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds the site as the workflow does, where a Python has .github/site/requirements.txt: the one that the property lsr.python or the
 * environment variable LSR_PYTHON names, or python3.
 */
class SiteIT {
    private static final String PYTHON =
            System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", "python3"));

    @Test
    void pages_builtStrictly_withoutAWarning(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("log");
        assumeTrue(
                run(log, "-c", "import mkdocs, material") == 0,
                "no mkdocs: pip install -r .github/site/requirements.txt, and -Dlsr.python=PYTHON where it is not python3's");
        Path site = folder.resolve("site");
        int status = run(
                log,
                "-m",
                "mkdocs",
                "build",
                "--strict",
                "-f",
                ".github/site/mkdocs.yml",
                "-d",
                site.toAbsolutePath().toString());
        assertEquals(0, status, () -> text(log));
        assertTrue(Files.exists(site.resolve("guides/training/index.html")), () -> text(log));
    }

    /** Runs Python, and returns its status; -1 where there is none. */
    private static int run(Path log, String... arguments) throws InterruptedException {
        ProcessBuilder python = new ProcessBuilder(PYTHON);
        python.command().addAll(List.of(arguments));
        python.environment().put("NO_MKDOCS_2_WARNING", "1");
        try {
            return python.redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1;
        }
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
