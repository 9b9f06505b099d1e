package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.console.BadInput;
import org.lsradapt.report.internal.suite.SuiteCell;

/** Reads the file of docs/guides/experiments.md as {@code suite} does. */
class ExperimentsPageIT {
    private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");

    @TempDir
    Path folder;

    private String page;
    private String yaml;

    @BeforeEach
    void readPage() throws IOException {
        page = Files.readString(Path.of("docs/guides/experiments.md"));
        Matcher found = YAML.matcher(page);
        assertTrue(found.find());
        yaml = found.group(1);
        Files.createDirectories(folder.resolve("glue/RTE"));
        Files.createDirectories(folder.resolve("glue/WNLI"));
        Files.writeString(folder.resolve("reviews.csv"), "");
        Files.writeString(folder.resolve("reviews-dev.csv"), "");
    }

    private List<SuiteCell> cells(String text) throws IOException {
        return SuiteCommand.cells(Files.writeString(folder.resolve("experiment.yaml"), text), folder);
    }

    @Test
    void file_hasTheCellsThatThePageTellsOf() throws IOException {
        List<SuiteCell> cells = cells(yaml);
        assertTrue(page.contains("These are " + cells.size() + " trainings: 3 tasks, 6 methods, 5 seeds."));
        assertEquals("minilm_rte_frozen_1", cells.get(0).name());
        List<String> methods = cells.stream().map(SuiteCell::method).distinct().toList();
        assertEquals(List.of("frozen", "lora:1", "lora:8", "lsr:2 s=4", "lsr:2 s=16", "lsr everywhere"), methods);
        SuiteCell last = cells.get(cells.size() - 1);
        assertEquals("minilm_reviews_lsr-everywhere_5", last.name());
        assertEquals(
                "finetune --dev DIR/reviews-dev.csv --epochs 10 --label opinion --methods lsr --model minilm --patience 3"
                        + " --targets all-linear --task classify --text review --train DIR/reviews.csv --seed 5",
                String.join(" ", last.arguments()).replace(folder.toString(), "DIR"));
    }

    @Test
    void file_withAMistake_isRefusedAsThePageSays() {
        BadInput refused = assertThrows(BadInput.class, () -> cells(yaml.replace("s: [4, 16]", "s: x")));
        String message = refused.getMessage().replace(folder + "/", "");
        assertTrue(page.contains(message), message);
    }

    @Test
    void evidenceFile_hasTheMethodsOfItsProtocol() throws IOException {
        assertEquals(
                List.of("frozen", "lsr", "lsr spread", "lora:3", "lora:8", "lora spread", "krona"),
                evidence("minilm.yaml").stream()
                        .map(SuiteCell::tuned)
                        .distinct()
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("evidenceFiles")
    void evidenceFiles_haveTheTrainingsThatTheirPageTellsOf(String file) throws IOException {
        String row = "- [" + file + "](" + file + "), ";
        String page = Files.readString(Path.of("docs/evidence/README.md"));
        int from = page.indexOf(row);
        assertTrue(from >= 0, row);
        String trainings = page.substring(from + row.length()).split(" ", 2)[0];
        assertEquals(evidence(file).size(), Integer.parseInt(trainings));
    }

    static List<String> evidenceFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("docs/evidence"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    private List<SuiteCell> evidence(String file) throws IOException {
        for (String data : List.of("glue/MRPC", "glue/CoLA", "glue/SST-2", "superglue/WiC", "fashion-mnist", "VIT")) {
            Files.createDirectories(folder.resolve(data));
        }
        for (int seed = 5; seed <= 8; seed++) { // teacher.yaml's
            String run = "minilm_wordnet-10k_lsr-s=4_" + seed;
            Files.createDirectories(folder.resolve("several/runs").resolve(run).resolve("lsr-" + seed));
        }
        return cells(Files.readString(Path.of("docs/evidence", file)));
    }
}
