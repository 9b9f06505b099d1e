package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.report.internal.RunFolder;

/** Plain text to an adapter of an encoder, and another task that starts from it, on a small random model. */
class MaskedCommandsIT {
    private static final String MODEL = Samples.model("bert-masked");

    @TempDir
    static Path parent;

    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        run = parent.resolve("run");
        Path train = write(
                "train.txt", IntStream.range(0, 40).mapToObj(Samples::text).collect(Collectors.joining("\n")));
        trained = succeed(
                "finetune --task masked --model {} --train {} --methods lora:2:lr=0.01,lsr --targets "
                        + "all-linear --mask-rate 0.2 --epochs 15 --lr 0.01 --out {}",
                MODEL,
                train,
                run);
    }

    private static Path write(String name, String text) throws IOException {
        return Files.writeString(parent.resolve(name), text);
    }

    private static String adapter() {
        return run.resolve("lsr-1").toString();
    }

    @Test
    void finetune_learns_andReportsBeforeAndAfter() throws IOException {
        String out = trained.out();
        assertTrue(out.contains("task masked: 36 training and 4 evaluation texts, 0.2 of their tokens hidden"), out);
        JsonNode metrics = metrics(run);
        String report = Files.readString(run.resolve(RunFolder.REPORT));
        assertTrue(report.contains(" --model MODEL --train labelled.csv --from "), report);
        double before = metrics.at("/base_metrics/pseudo_perplexity").asDouble();
        assertTrue(metrics.at("/base_metrics").has("masked_accuracy"), metrics::toPrettyString);
        for (int i = 0; i < 2; i++) {
            double after = after(metrics, i);
            assertTrue(after > 0 && after < 0.8 * before, metrics::toPrettyString);
            JsonNode interval = metrics.at("/results/" + i + "/intervals/pseudo_perplexity");
            assertTrue(
                    interval.get(0).asDouble() < after
                            && after < interval.get(1).asDouble(),
                    metrics::toPrettyString);
        }
    }

    private static JsonNode metrics(Path folder) throws IOException {
        return new ObjectMapper().readTree(folder.resolve("metrics.json").toFile());
    }

    private static double after(JsonNode metrics, int method) {
        return metrics.at("/results/" + method + "/metrics/pseudo_perplexity").asDouble();
    }

    @Test
    void newProcess_goesOnWhereItEnded() throws Exception {
        Path still = parent.resolve("still");
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of("finetune", "--task", "masked", "--model", MODEL, "--from", adapter()));
        command.addAll(List.of("--train", parent.resolve("train.txt").toString(), "--mask-rate", "0.2"));
        command.addAll(List.of("--epochs", "1", "--lr", "1e-30", "--out", still.toString()));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue());
        assertEquals(after(metrics(run), 1), after(metrics(still), 0), 1e-4);
    }

    @Test
    void otherTasks_startFromIt() throws IOException {
        String rows = Samples.weather(30).stream()
                .map(text -> text.text() + "," + text.label() + "\n")
                .collect(Collectors.joining());
        Path table = write("weather.csv", "text,label\n" + rows);
        Path classifier = parent.resolve("classifier");
        succeed(
                "finetune --task classify --model {} --from {} --train {} --epochs 2 --out {}",
                MODEL,
                adapter(),
                table,
                classifier);
        Path further = parent.resolve("further");
        CommandLineRun of = succeed(
                "finetune --task masked --model {} --from {} --train {} --text text --epochs 1 --out {}",
                MODEL,
                adapter(),
                table,
                further);
        of.says("task masked: 27 training and 3 evaluation texts");
    }

    @Test
    void anotherBaseModel_isRefused_beforeItsLayersAreSought() throws IOException {
        Path table = write("few.csv", "text,label\n" + "the sun,a\nthe rain,b\n".repeat(10));
        assertRefused(
                "lsr-1: the adapter is for base model " + MODEL + " with fingerprint ",
                "finetune --task classify --model {} --from {} --train {} --dev {} --out {}",
                Samples.model("llama"),
                adapter(),
                table,
                table,
                parent.resolve("refused"));
    }

    @Test
    void inspect_saysWhatItIs_andOtherUsesAreRefused() {
        String shown = succeed("inspect --adapter {}", adapter()).out();
        assertTrue(shown.contains("masked, hidden words, at most 32 tokens"), shown);
        assertRefused(
                "lsr-1: predicts hidden words, expected a classifier or a regression; finetune --from ",
                "predict --adapter {} {}",
                adapter(),
                "the sun");
        assertRefused(
                "is not an adapter of a language model",
                "export --adapter {} --to gguf --out {}",
                adapter(),
                parent.resolve("g"));
        assertRefused(
                "; expected bert-base, bert-base-cased, bert-base-multilingual, which have one",
                "finetune --task masked --model {} --train {} --out {}",
                Samples.model("bert"),
                parent.resolve("train.txt"),
                parent.resolve("headless"));
        CommandLineRun rate = CommandLineRun.line("finetune --task masked --train x.txt --mask-rate 1");
        assertTrue(
                rate.err().contains("--task masked: found --mask-rate 1.0, expected a share above 0 and below 1"),
                rate.err());
        assertRefused(
                "--task text: found --mask-rate, expected it with masked",
                "finetune --task text --train x.txt --mask-rate 0.1");
    }
}
