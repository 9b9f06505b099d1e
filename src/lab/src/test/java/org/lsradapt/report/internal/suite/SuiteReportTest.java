package org.lsradapt.report.internal.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report of made-up metrics; expected numbers are by the statistics module of Python. */
class SuiteReportTest {

    @TempDir
    Path parent;

    private SuiteFolder folder;
    private final List<SuiteCell> cells = new ArrayList<>();

    private SuiteCell cell(String task, String method, long seed) {
        SuiteCell cell = new SuiteCell(
                "m_" + task + "_" + method.replace(":", "-r").replace(" ", "-") + "_" + seed,
                "m",
                task,
                method,
                method.replaceFirst(" lr=.*", ""),
                seed,
                List.of("finetune", "--methods", method, "--task", task.equals("mine") ? "text" : task));
        cells.add(cell);
        return cell;
    }

    /** Writes what a run leaves that has chosen its only evaluation on held-out examples. */
    private void tuned(String task, String method, long seed, double heldOut, double measured) throws IOException {
        tuned(task, method, seed, "accuracy", heldOut, measured);
    }

    private void tuned(String task, String method, long seed, String metric, double heldOut, double measured)
            throws IOException {
        Path run = Files.createDirectories(folder.run(cell(task, method, seed)));
        String metrics = String.format(Locale.ROOT, "{\"%s\": %s}", metric, heldOut);
        Files.writeString(
                run.resolve("metrics.json"),
                String.format(
                        Locale.ROOT,
                        "{\"primary_metric\": \"%s\", \"results\": [{\"adapter_parameters\": 30, \"trainable_parameters\": 37,"
                                + " \"best_step\": 9, \"metrics\": {\"%s\": %s}, \"held_out_metrics\": %s, \"epochs\": [{\"epoch\": 1,"
                                + " \"step\": 9, \"loss\": 0.5, \"seconds\": 1.25, \"metrics\": %s}],"
                                + " \"layers\": [{\"in\": 12, \"out\": 8}]}]}",
                        metric,
                        metric,
                        measured,
                        metrics,
                        metrics));
        Files.writeString(run.resolve("report.md"), "");
    }

    @Test
    void report_ofSettingsToTune_comparesThoseThatHeldOutExamplesChoose() throws IOException {
        folder = new SuiteFolder(parent.resolve("tuned"));
        cells.clear();
        tuned("rte", "lora:1 lr=0.1", 1, 0.60, 0.71);
        tuned("rte", "lora:1 lr=0.1", 2, 0.64, 0.71);
        tuned("rte", "lora:1 lr=0.2", 1, 0.61, 0.55);
        tuned("rte", "lora:1 lr=0.2", 2, 0.65, 0.59);
        tuned("cola", "lora:1 lr=0.1", 1, 0.3, 0.31);
        tuned("cola", "lora:1 lr=0.1", 2, 0.3, 0.33);
        tuned("cola", "lora:1 lr=0.2", 1, 0.9, 0.20);
        cell("cola", "lora:1 lr=0.2", 2);
        tuned("rte", "lsr", 1, 0.70, 0.60);
        tuned("rte", "lsr", 2, 0.70, 0.62);
        folder.add(cells);
        SuiteReport.write(folder, run -> Files.exists(run.resolve("report.md")), Optional.empty());
        String page = Files.readString(folder.path().resolve("report.md"));
        String expected = """
                Scores are measured on the evaluation examples; mean ± sample standard deviation over the seeds. Held-out training \
                examples choose the best evaluation and, by the mean over the seeds, the settings, so the evaluation examples \
                choose nothing. Unrounded numbers are in report.csv, means.csv and differences.csv.

                ## m

                ### Evaluation examples

                | method | adapters | rte (accuracy) | cola (accuracy) | average |
                | --- | ---: | ---: | ---: | ---: |
                | lora:1 | 30 | 0.5700 ± 0.0283 | 0.3200 ± 0.0141 | 0.4450 ± 0.0212 |
                | lsr | 30 | 0.6100 ± 0.0141 |  | - |

                ### Held-out training examples

                | method | adapters | rte (accuracy) | cola (accuracy) | average |
                | --- | ---: | ---: | ---: | ---: |
                | lora:1 | 30 | 0.6300 ± 0.0283 | 0.3000 ± 0.0000 | 0.4650 ± 0.0141 |
                | lsr | 30 | 0.7000 ± 0.0000 |  | - |
                """;
        assertEquals(
                expected, page.substring(page.indexOf("Scores are"), page.indexOf("\n### Scores over parameters")));
        String settings = """
                ### Settings of lora:1

                | settings | rte | cola |
                | --- | ---: | ---: |
                | lora:1 lr=0.1 | 0.6200 ± 0.0283 | **0.3000 ± 0.0000** |
                | lora:1 lr=0.2 | **0.6300 ± 0.0283** | 0.9000 |
                """;
        assertTrue(page.contains(settings), page);
        assertTrue(page.contains("| lsr | 2 | +0.0400 ± 0.0100 |"), page);
        List<String> rows = Files.readAllLines(folder.path().resolve("report.csv"));
        assertEquals(
                "m,rte,lora:1 lr=0.1,lora:1,1,finished,accuracy,0.6,1,0.6,0.71,30,37,1.25,m_rte_lora-r1-lr=0.1_1,",
                rows.get(1));
    }

    /** A perplexity is the better the smaller it is. */
    @Test
    void report_ofSettingsToTuneByPerplexity_choosesTheSmallest() throws IOException {
        folder = new SuiteFolder(parent.resolve("perplexity"));
        cells.clear();
        tuned("mine", "lora:1 lr=0.1", 1, "perplexity", 420, 410);
        tuned("mine", "lora:1 lr=0.2", 1, "perplexity", 285, 290);
        tuned("mine", "lora:1 lr=0.3", 1, "perplexity", 300, 280);
        folder.add(cells);
        SuiteReport.write(folder, run -> Files.exists(run.resolve("report.md")), Optional.empty());
        String page = Files.readString(folder.path().resolve("report.md"));
        assertTrue(page.contains("| lora:1 lr=0.2 | **285.0000** |"), page);
        assertTrue(page.contains("| lora:1 | 30 | 290.0000 |"), page);
    }

    /** Writes what a run with two evaluations leaves, of which the first was the best. */
    private void run(String task, String method, long seed, String metric, double best, double last)
            throws IOException {
        run(task, method, seed, metric, best, last, 10);
    }

    private void run(String task, String method, long seed, String metric, double best, double last, int bestStep)
            throws IOException {
        SuiteCell cell = cell(task, method, seed);
        Path run = Files.createDirectories(folder.run(cell));
        int parameters = method.equals("frozen") ? 0 : method.equals("lsr") ? 40 : 30;
        String evaluation =
                "{\"epoch\": %d, \"step\": %d, \"loss\": 0.5, \"seconds\": 1.25, \"metrics\": {\"%s\": %s}}";
        Files.writeString(
                run.resolve("metrics.json"),
                String.format(
                        Locale.ROOT,
                        "{\"primary_metric\": \"%s\", %s\"results\": [{\"adapter_parameters\": %d, \"trainable_parameters\": %d,"
                                + " \"best_step\": %d, \"metrics\": {\"%s\": %s}, \"epochs\": [%s, %s], \"layers\": %s}]}",
                        metric,
                        untrained(task),
                        parameters,
                        parameters + 7,
                        bestStep,
                        metric,
                        best,
                        String.format(evaluation, 1, 10, metric, best),
                        String.format(evaluation, 2, 20, metric, last),
                        parameters == 0 ? "[]" : "[{\"in\": 12, \"out\": 8}, {\"in\": 6, \"out\": 4}]"));
        Files.writeString(run.resolve("report.md"), "");
    }

    private static String untrained(String task) {
        return switch (task) {
            case "rte" -> "\"majority_metrics\": {\"accuracy\": 0.5271}, ";
            case "wnli" -> "\"majority_metrics\": {\"accuracy\": 0.5634}, ";
            case "mine" -> "\"base_metrics\": {\"perplexity\": 19.5}, ";
            default -> "";
        };
    }

    @BeforeEach
    void writeSuite() throws IOException {
        folder = new SuiteFolder(parent.resolve("suite"));
        run("rte", "frozen", 1, "accuracy", 0.5525, 0.5415);
        run("rte", "lora:1", 1, "accuracy", 0.6137, 0.6103);
        run("rte", "lsr", 1, "accuracy", 0.6354, 0.6138);
        run("rte", "frozen", 2, "accuracy", 0.5487, 0.5487);
        run("rte", "lora:1", 2, "accuracy", 0.6209, 0.6173);
        run("rte", "lsr", 2, "accuracy", 0.6426, 0.6390);
        run("wnli", "frozen", 1, "accuracy", 0.5634, 0.5634);
        run("wnli", "lora:1", 1, "accuracy", 0.5352, 0.4930);
        run("wnli", "lsr", 1, "accuracy", 0.5496, 0.5214);
        run("wnli", "frozen", 2, "accuracy", 0.5634, 0.5352);
        run("wnli", "lora:1", 2, "accuracy", 0.5634, 0.5070);
        run("mine", "lora:1", 1, "perplexity", 17.25, 17.5);
        run("mine", "lsr", 1, "perplexity", 16.75, 16.875);
        run("mine", "lora:1", 2, "perplexity", 17.375, 17.625);
        run("mine", "lsr", 2, "perplexity", 17.625, 18.125);
        SuiteCell failed = cell("wnli", "lsr", 2);
        SuiteCell missing = cell("mine", "lora:1", 3);
        SuiteCell begun = cell("mine", "lsr", 3);
        folder.add(cells);
        folder.fail(failed, "training diverged: the loss | is NaN", "");
        Files.createDirectories(folder.run(begun));
        assertTrue(Files.notExists(folder.run(missing)));
    }

    private String report(Optional<String> against) throws IOException {
        assertEquals(
                "15 of 18 cells have finished, 1 failed, 2 are missing",
                SuiteReport.write(folder, run -> Files.exists(run.resolve("report.md")), against));
        return Files.readString(folder.path().resolve("report.md"));
    }

    @Test
    void report_hasMeansAveragesAndDifferences() throws IOException {
        String page = report(Optional.empty());
        String expected = """
                # Experiments

                15 of 18 cells have finished, 1 failed, 2 are missing (1 of them begun).

                Scores are measured on the evaluation examples; mean ± sample standard deviation over the seeds. These \
                examples also choose the best evaluation, which flatters every method; the last evaluation is not chosen. \
                Unrounded numbers are in report.csv, means.csv and differences.csv.

                ## m

                ### Best evaluation

                | method | adapters | rte (accuracy) | wnli (accuracy) | mine (perplexity) | average | average without wnli |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: |
                | frozen | 0 | 0.5506 ± 0.0027 | 0.5634 ± 0.0000 |  | 0.5570 ± 0.0013 | 0.5506 ± 0.0027 |
                | lora:1 | 30 | 0.6173 ± 0.0051 | 0.5493 ± 0.0199 | 17.3125 ± 0.0884 (2 of 3) | 0.5833 ± 0.0125 | 0.6173 ± 0.0051 |
                | lsr | 40 | 0.6390 ± 0.0051 | 0.5496 (1 of 2) | 17.1875 ± 0.6187 (2 of 3) | 0.5943 (incomplete) | 0.6390 ± 0.0051 |
                | majority class | - | 0.5271 | 0.5634 | - | 0.5453 | 0.5271 |
                | base model | - | - | - | 19.5000 | - | - |

                ### Last evaluation

                | method | adapters | rte (accuracy) | wnli (accuracy) | mine (perplexity) | average | average without wnli |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: |
                | frozen | 0 | 0.5451 ± 0.0051 | 0.5493 ± 0.0199 |  | 0.5472 ± 0.0074 | 0.5451 ± 0.0051 |
                | lora:1 | 30 | 0.6138 ± 0.0049 | 0.5000 ± 0.0099 | 17.5625 ± 0.0884 (2 of 3) | 0.5569 ± 0.0074 | 0.6138 ± 0.0049 |
                | lsr | 40 | 0.6264 ± 0.0178 | 0.5214 (1 of 2) | 17.5000 ± 0.8839 (2 of 3) | 0.5739 (incomplete) | 0.6264 ± 0.0178 |
                | majority class | - | 0.5271 | 0.5634 | - | 0.5453 | 0.5271 |
                | base model | - | - | - | 19.5000 | - | - |
                """;
        assertEquals(expected, page.substring(0, page.indexOf("\n### Scores over parameters")));
        String differences = """
                ### all tasks with scores

                | method | pairs | best evaluation | p | Holm | last evaluation | p | Holm |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                | frozen | 4 | -0.0263 ± 0.0241 | 0.5000 | 0.5000 | -0.0097 ± 0.0351 | 1.0000 | 1.0000 |
                | lsr | 3 | +0.0193 ± 0.0024 | 0.2500 | 0.5000 | +0.0179 ± 0.0074 | 0.2500 | 0.5000 |

                ### without wnli

                | method | pairs | best evaluation | p | Holm | last evaluation | p | Holm |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                | frozen | 2 | -0.0667 ± 0.0055 | 0.5000 | 1.0000 | -0.0687 ± 0.0001 | 0.5000 | 1.0000 |
                | lsr | 2 | +0.0217 ± 0.0000 | 0.5000 | 1.0000 | +0.0126 ± 0.0091 | 0.5000 | 1.0000 |

                ### mine

                | method | pairs | best evaluation | p | Holm | last evaluation | p | Holm |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                | lsr | 2 | +0.1250 ± 0.3750 | 1.0000 | 1.0000 | +0.0625 ± 0.5625 | 1.0000 | 1.0000 |
                """;
        assertEquals(differences, page.substring(page.indexOf("### all tasks"), page.indexOf("\n## Learning curves")));
        assertTrue(page.contains("## Differences from lora:1\n"), page);
        String end = """
                ## Failed

                | cell | message |
                | --- | --- |
                | m_wnli_lsr_2 | training diverged: the loss \\| is NaN |

                ## Missing

                - m_mine_lora-r1_3
                - m_mine_lsr_3
                """;
        assertEquals(end, page.substring(page.indexOf("## Failed")));
    }

    @Test
    void report_pictures_areThoseThatThePageShows() throws IOException {
        String page = report(Optional.empty());
        List<String> shown = page.lines()
                .filter(line -> line.startsWith("!["))
                .map(line -> line.replaceAll(".*\\((.*)\\)", "$1"))
                .toList();
        assertEquals(
                List.of(
                        "pictures/parameters-m.svg",
                        "pictures/parameters-m_rte.svg",
                        "pictures/parameters-m_wnli.svg",
                        "pictures/parameters-m_mine.svg"),
                shown);
        String html = Files.readString(folder.path().resolve("report.html"));
        for (String picture : shown) {
            assertTrue(html.contains(Files.readString(folder.path().resolve(picture))), picture);
        }
        assertTrue(page.contains("[rte, m](report.html)"), page);
    }

    @Test
    void report_csv_hasARowPerCell() throws IOException {
        report(Optional.empty());
        List<String> rows = Files.readAllLines(folder.path().resolve("report.csv"));
        assertEquals(1 + cells.size(), rows.size());
        assertEquals("m,rte,lsr,lsr,2,finished,accuracy,0.6426,1,0.639,,40,47,2.5,m_rte_lsr_2,", rows.get(6));
        assertEquals("m,wnli,lsr,lsr,2,failed,,,,,,,,,m_wnli_lsr_2,training diverged: the loss | is NaN", rows.get(16));
        assertEquals("m,mine,lora:1,lora:1,3,missing,,,,,,,,,m_mine_lora-r1_3,", rows.get(17));
        assertEquals("m,mine,lsr,lsr,3,begun,,,,,,,,,m_mine_lsr_3,", rows.get(18));
        assertTrue(Files.readAllLines(folder.path().resolve("means.csv"))
                .contains("m,wnli,lsr,accuracy,1,0.5496,,0.5214,,40"));
        assertEquals(
                "mine,lsr,lora:1,2,0.125,0.375,1.0,1.0,0.0625,0.5625,1.0,1.0",
                Files.readAllLines(folder.path().resolve("differences.csv")).get(5));
    }

    @Test
    void report_repeatsTheWarningsOfItsCells() throws IOException {
        Path metrics = folder.run(cells.get(0)).resolve("metrics.json");
        Files.writeString(
                metrics,
                Files.readString(metrics).replaceFirst("\\{", "{\"warnings\": [\"3 of 9 inputs were cut\"], "));
        String report = report(Optional.empty());
        assertTrue(report.contains("## Warnings\n"), report);
        assertTrue(report.contains("| 3 of 9 inputs were cut | " + cells.get(0).name() + " |"), report);
    }

    /** Several evaluations may have the metrics of the best; metrics.json says which it was. */
    @Test
    void report_ofEqualEvaluations_hasTheBestEpochOfTheRunItself() throws IOException {
        folder = new SuiteFolder(parent.resolve("equal"));
        cells.clear();
        run("rte", "lsr", 1, "accuracy", 0.7, 0.7, 20);
        run("rte", "lora:1", 1, "accuracy", 0.7, 0.7, 10);
        folder.add(cells);
        SuiteReport.write(folder, run -> Files.exists(run.resolve("report.md")), Optional.empty());
        List<String> rows = Files.readAllLines(folder.path().resolve("report.csv"));
        assertEquals("m,rte,lsr,lsr,1,finished,accuracy,0.7,2,0.7,,40,47,2.5,m_rte_lsr_1,", rows.get(1));
        assertTrue(rows.get(2).startsWith("m,rte,lora:1,lora:1,1,finished,accuracy,0.7,1,0.7,"), rows.get(2));
        Path metrics = folder.run(cells.get(0)).resolve("metrics.json");
        Files.writeString(metrics, Files.readString(metrics).replace("\"best_step\": 20", "\"best_step\": 15"));
        IOException refused = assertThrows(
                IOException.class,
                () -> SuiteReport.write(folder, run -> Files.exists(run.resolve("report.md")), Optional.empty()));
        assertEquals(metrics + ": no evaluation at step 15 has the best metrics, {accuracy=0.7}", refused.getMessage());
    }

    @Test
    void report_againstAMethod_isThatOnes() throws IOException {
        assertTrue(report(Optional.of("frozen")).contains("## Differences from frozen\n"));
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> SuiteReport.write(folder, run -> false, Optional.of("x")));
        assertEquals("--against x: there is no such method, expected one of frozen, lora:1, lsr", refused.getMessage());
    }

    @Test
    void report_beforeAnyCellHasFinished_saysSo() throws IOException {
        assertEquals(
                "0 of 18 cells have finished, 1 failed, 17 are missing",
                SuiteReport.write(folder, run -> false, Optional.empty()));
    }

    @Test
    void report_ofMetricsThatAreNotARunsOwn_namesTheFile() throws IOException {
        Path metrics = folder.run(cells.get(0)).resolve("metrics.json");
        Files.writeString(metrics, "{\"primary_metric\": \"%s\", \"results\": []}");
        assertTrue(assertThrows(IOException.class, () -> report(Optional.empty()))
                .getMessage()
                .contains("metrics.json: 0 results, expected one"));
    }

    /** The first of each pair is in the metrics of a cell with adapters, and the second in its place is refused. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"primary_metric\": \"accuracy\" | \"primary_metric\": 1 | field \"primary_metric\": found 1, expected a string",
                "\"results\": [ | \"results\": {\"a\": 1}, \"x\": [ | field \"results\": found {\"a\":1}, expected an array of objects",
                "{\"accuracy\": 0.6103} | {} | epochs[1].metrics\": found no \"accuracy\", expected the primary metric among them",
                "0.6103 | \"x\" | field \"results[0].epochs[1].metrics.accuracy\": found \"x\", expected a number",
                "0.6103 | true | field \"results[0].epochs[1].metrics.accuracy\": found true, expected a number",
                "0.6103 | 1e400 | field \"results[0].epochs[1].metrics.accuracy\": found Infinity, expected a finite number",
                "0.6137 | -1e308 | metrics.accuracy\": found -1.0E308, expected a number from -1.0E150 to 1.0E150",
                "0.5, | 1e308, | field \"results[0].epochs[0].loss\": found 1.0E308, expected a number from -1.0E150 to 1.0E150",
                "\"loss\": 0.5, | `` | field \"results[0].epochs[0].loss\": missing, expected a number",
                "1.25 | \"NaN\" | field \"results[0].epochs[0].seconds\": found \"NaN\", expected a number",
                "\"step\": 10 | \"step\": 1e10 | field \"results[0].epochs[0].step\": found 1.0E10, expected a whole number",
                "_parameters\": 30 | _parameters\": -5 | adapter_parameters\": found -5, expected a number from 0 to 1099511627776",
                "_parameters\": 37 | _parameters\": 0.5 | trainable_parameters\": found 0.5, expected a whole number",
                "\"in\": 12 | \"in\": 4611686018427387904 | layers[0].in\": found 4611686018427387904, expected a number from 1",
                "\"in\": 12 | \"in\": 0 | layers[0].in\": found 0, expected a number from 1 to 1099511627776",
                "{\"in\": 12, \"out\": 8}, {\"in\": 6, \"out\": 4} | `` | layers\": found none, expected the adapted layers",
                "\"layers\" | \"x\" | field \"results[0].layers\": missing, expected an array of objects",
            })
    void report_ofMetricsThatItCannotShow_namesFileAndField(String from, String to, String message) throws IOException {
        Path metrics = folder.run(cells.get(1)).resolve("metrics.json");
        String text = Files.readString(metrics);
        assertTrue(text.contains(from), text);
        Files.writeString(metrics, text.replace(from, to));
        String refused =
                assertThrows(IOException.class, () -> report(Optional.empty())).getMessage();
        assertTrue(refused.startsWith(metrics + ": "), refused);
        assertTrue(refused.contains(message), refused);
    }

    @Test
    void report_ofTheLargestNumbersThatItTakes_isWritten() throws IOException {
        for (int cell = 0; cell < 6; cell++) {
            Path metrics = folder.run(cells.get(cell)).resolve("metrics.json");
            String sign = cell % 2 == 0 ? "" : "-";
            Files.writeString(
                    metrics,
                    Files.readString(metrics)
                            .replaceAll("(\"accuracy\"|\"loss\"|\"seconds\"): [0-9.]+", "$1: " + sign + "1e150")
                            .replaceAll("(\"in\"|\"out\"|_parameters\"): [1-9][0-9]*", "$1: 1099511627776"));
        }
        assertTrue(report(Optional.empty()).contains("| lsr | 40 to 1,099,511,627,776 | 0.0000 ± 14142"));
    }

    @Test
    void report_ofAModelAndTaskWithTwoPrimaryMetrics_namesBothFiles() throws IOException {
        Path metrics = folder.run(cells.get(4)).resolve("metrics.json");
        Files.writeString(metrics, Files.readString(metrics).replace("accuracy", "f1"));
        assertEquals(
                metrics + ": the primary metric is f1, expected accuracy, that of "
                        + folder.run(cells.get(0)).resolve("metrics.json") + " for the same model and task",
                assertThrows(IOException.class, () -> report(Optional.empty())).getMessage());
    }
}
