package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report in Chromium, where that is installed. */
class HtmlReportIT {
    @TempDir
    Path folder;

    @Test
    void html_inABrowser_drawsItsCharts() throws Exception {
        Optional<Path> chromium = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(one -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(one, name)))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(chromium.isPresent(), "no Chromium on the path");
        Path page = folder.resolve("report.html");
        Files.writeString(page, HtmlReportTest.html());
        Path dom = folder.resolve("dom.html");
        Process browser = new ProcessBuilder(List.of(
                        chromium.get().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--dump-dom",
                        page.toUri().toString()))
                .redirectOutput(dom.toFile())
                .redirectError(folder.resolve("log").toFile())
                .start();
        assertTrue(browser.waitFor(120, TimeUnit.SECONDS), () -> "the browser did not end");
        String drawn = Files.readString(dom);
        assertEquals(2, Pattern.compile("<canvas").matcher(drawn).results().count(), drawn);
        assertTrue(drawn.contains("class=\"u-legend\"") || drawn.contains("u-legend"), drawn);
    }
}
