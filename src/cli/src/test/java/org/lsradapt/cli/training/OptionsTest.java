package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.TinyModels;
import org.lsradapt.runs.Method;
import org.lsradapt.runs.RunSettings;
import picocli.CommandLine;

/** What options do, on a model of one layer and width 4. */
class OptionsTest {

    @TempDir
    Path parent;

    private String model;
    private String mrpc;
    private Path run;

    @BeforeEach
    void write() throws IOException {
        model = TinyModels.writeBert(Files.createDirectory(parent.resolve("tiny")), 1)
                .toString();
        mrpc = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 8, 4).toString();
        run = parent.resolve("run");
    }

    private static JsonNode adapterConfig(Path folder) throws IOException {
        return JsonFile.readObject(folder.resolve("adapter_config.json"));
    }

    @Test
    void adapterOptions_reachTheSavedAdapter() throws IOException {
        succeed(
                "finetune --model {} --task mrpc --data {} --max-length 9 --epochs 2 --methods lsr,lora "
                        + "--seed 7 --out {} --r 4 --s 3 --factors 3 --in-factors 4x1x1 --out-factors 1x2x2 "
                        + "--rank-factors 1x4x1 --alpha 8 --scaling alpha/sqrt-r --init kaiming-uniform "
                        + "--term-weights --targets {} --lora-r 2 --lora-alpha 6 --lr 0.001 --lora-lr 0.003 "
                        + "--head-lr 0.004 --batch 3 --weight-decay 0.1 --warmup 0.5 --schedule cosine --clip 2",
                model,
                mrpc,
                run,
                "regex:.*self\\.(key|value)");
        JsonNode lsr = adapterConfig(run.resolve("lsr-7"));
        assertEquals(9, lsr.get("max_length").intValue());
        assertEquals(
                "{\"peft_type\":\"LSR\",\"r\":4,\"separation_rank\":3,\"factor_count\":3,\"alpha\":8.0,"
                        + "\"scaling_rule\":\"alpha/sqrt-r\",\"scaling\":4.0,\"in_factors\":[4,1,1],\"out_factors\":[1,2,2],"
                        + "\"rank_factors\":[1,4,1],\"term_weights\":true,\"initialization\":\"kaiming-uniform\",\"seed\":7,"
                        + "\"target_modules\":[\"encoder.layer.0.attention.self.key\",\"encoder.layer.0.attention.self.value\"]}",
                lsr.get("adapters").get(0).toString());
        JsonNode lora = adapterConfig(run.resolve("lora-7")).get("adapters").get(0);
        assertEquals(2, lora.get("r").intValue());
        assertEquals(3.0, lora.get("scaling").doubleValue());
        JsonNode settings = JsonFile.readObject(run.resolve("metrics.json")).get("settings");
        assertEquals(0.001, settings.get("lsr").get("learning rate").doubleValue());
        assertEquals(0.003, settings.get("lora").get("learning rate").doubleValue());
        assertEquals(
                "[0.004,0.1,0.5,\"cosine\",2.0,3,2]",
                List.of(
                                "head learning rate",
                                "weight decay",
                                "warm up",
                                "schedule",
                                "max gradient norm",
                                "batch size",
                                "epochs")
                        .stream()
                        .map(name -> settings.get("training").get(name).toString())
                        .toList()
                        .toString()
                        .replace(" ", ""));
        String inspected = succeed("inspect --adapter {}", run.resolve("lsr-7")).out();
        assertTrue(inspected.contains("r 4, separation rank s 3, factors d 3, with term weights"), inspected);
        assertTrue(inspected.contains("3 × [4, 1] ⊗ [1, 4] ⊗ [1, 1]  3 × [1, 1] ⊗ [4, 2] ⊗ [1, 2]"), inspected);
    }

    @Test
    void batchTokens_belowAnExamplesLength_areRefused() {
        assertRefused(
                "training: example 0 has 9 tokens, a batch may have 3; expected",
                "finetune --model {} --task mrpc --data {} --max-length 9 --epochs 1 --methods lsr "
                        + "--batch-tokens 3 --out {}",
                model,
                mrpc,
                run);
    }

    @Test
    void defaults_ofFewExamples_areThreeMethodsThirtyEpochsAndQueryAndValue() throws IOException {
        succeed("finetune --model {} --task mrpc --data {} --max-length 10 --out {}", model, mrpc, run);
        JsonNode root = JsonFile.readObject(run.resolve("metrics.json"));
        assertEquals(
                "[\"frozen\",\"lora\",\"lsr\"]",
                root.get("settings").get("training").get("methods").toString());
        assertEquals(3, root.get("results").size());
        assertEquals(
                30,
                root.get("results").get(0).get("epochs").get(30).get("epoch").intValue(),
                "after epoch 0, the head's steps");
        assertEquals(2, root.get("results").get(2).get("layers").size());
        assertEquals(
                LsrConfig.defaults().scaling(),
                adapterConfig(run.resolve("lsr-1"))
                        .get("adapters")
                        .get(0)
                        .get("scaling")
                        .doubleValue());
    }

    @ParameterizedTest
    @CsvSource({
        "--task classify, 0.002, 5, 32, 200",
        "--task classify --methods lora, 0.001, 5, 32, 200",
        "--task text, 0.002, 3, 8, 0",
        "--task pairs, 0.004, 3, 64, 0",
        "--task pairs --methods lora, 0.002, 3, 64, 0",
        "--task similarity, 0.002, 3, 64, 0",
        "--task preferences, 0.0005, 3, 8, 0",
        "--task preferences --methods lora, 0.00025, 3, 8, 0",
        "--task preferences --loss orpo, 0.002, 3, 8, 0",
        "--task preferences --loss orpo --lr 0.3 --batch 2 --epochs 1 --head-steps 4, 0.3, 1, 2, 4"
    })
    void settings_nothingSaid_areOfTheTask(String options, double rate, int epochs, int batch, int headSteps)
            throws IOException {
        List<String> arguments = List.of(("finetune --train file.csv " + options).split(" "));
        RunSettings settings = FinetuneCommand.parse(arguments).settings(Optional.empty());
        Method method = settings.methods().get(0);
        assertEquals(rate, method.learningRate(), 1e-12);
        assertEquals(headSteps, method.headSteps());
        assertEquals(epochs, settings.training().epochs());
        assertEquals(batch, settings.training().batchSize());
    }

    @Test
    void fewShot_isAContrastOfClasses() throws IOException {
        List<String> arguments = List.of("finetune", "--task", "classify", "--train", "file.csv");
        assertEquals(
                0,
                FinetuneCommand.parse(arguments)
                        .settings(Optional.empty())
                        .training()
                        .contrastSteps());
        List<String> few = new ArrayList<>(arguments);
        few.add("--few-shot");
        assertEquals(
                TrainingDefaults.CONTRAST_STEPS,
                FinetuneCommand.parse(few).settings(Optional.empty()).training().contrastSteps());
    }

    @ParameterizedTest
    @CsvSource({"wordnet, 6", "WordNet, 6", "wordnet-10k, 6", "rte, 5", "instructions, 3"})
    void epochs_ofATask_areItsOwnInAnyCase(String task, int expected) throws IOException {
        RunSettings settings =
                FinetuneCommand.parse(List.of("finetune", "--task", task)).settings(Optional.empty());
        assertEquals(expected, settings.training().epochs());
    }

    @Test
    void regression_predictsANumber() throws IOException {
        Path data = Files.createDirectory(parent.resolve("sts"));
        String rows =
                "index\tsentence1\tsentence2\tscore\n0\thello\tworld\t1.5\n1\thello\thello\t5.0\n2\tcafe\tworld\t0\n";
        Files.writeString(data.resolve("train.tsv"), rows);
        Files.writeString(data.resolve("dev.tsv"), rows);
        succeed(
                "finetune --model {} --task sts-b --data {} --max-length 10 --epochs 1 --methods lsr "
                        + "--tensorboard {} --out {}",
                model,
                data,
                parent.resolve("events"),
                run);
        Path events = parent.resolve("events").resolve(run.getFileName()).resolve("lsr-1");
        assertTrue(Files.size(events.resolve("events.out.tfevents.lsr-adapt")) > 300);
        JsonNode root = JsonFile.readObject(run.resolve("metrics.json"));
        assertEquals("stsb", root.get("task").textValue());
        assertFalse(root.has("majority_metrics"));
        assertFalse(Files.readString(run.resolve("report.md")).contains("ajority"));
        CommandLineRun predicted = succeed("predict --adapter {} {}", run.resolve("lsr-1"), "hello\tworld");
        assertTrue(predicted.out().strip().matches("-?\\d+\\.\\d{4}"), predicted.out());
        String inspected = succeed("inspect --adapter {}", run.resolve("lsr-1")).out();
        assertTrue(inspected.contains("stsb, regression, pairs of texts"), inspected);
    }

    @Test
    void help_isShort_andHelpAllListsEveryOptionOnce() {
        String help = succeed("finetune --help").out();
        assertTrue(help.lines().count() < 90, help);
        assertTrue(help.contains("--help-all"), help);
        String words = help.replaceAll("\\s+", " ");
        assertTrue(words.contains("lsr-adapt models lists them") && words.contains("lsr-adapt tasks lists all"), help);
        String all = succeed("finetune --help-all").out();
        for (String option : TaskOptionSpecs.addTo(new CommandLine(new FinetuneCommand()))
                .getCommandSpec()
                .optionsMap()
                .keySet()) {
            long listed = all.lines()
                    .filter(line -> line.strip().replaceFirst("^-[hV], ", "").matches(option + "([=\\[ ].*)?"))
                    .count();
            assertEquals(1, listed, option);
        }
        String general = succeed("--help").out();
        assertTrue(general.contains("inspect"), general);
        assertEquals(general, CommandLineRun.line("").succeeded().out(), "no arguments");
        assertTrue(succeed("--version").out().startsWith("lsr-adapt "));
    }

    @Test
    void partOfARunThatDiverged_isKept() throws IOException {
        CommandLineRun diverged = CommandLineRun.line(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 2 --methods "
                        + "frozen,lsr --batch 2 --lr 1e38 --out {}",
                model,
                mrpc,
                run);
        assertEquals(2, diverged.code());
        assertEquals(
                1,
                JsonFile.readObject(run.resolve("metrics.json")).get("results").size());
        succeed("predict --adapter {} {}", run.resolve("frozen-1"), "hello\tworld");
        assertTrue(Files.notExists(run.resolve("lsr-1")));
    }
}
