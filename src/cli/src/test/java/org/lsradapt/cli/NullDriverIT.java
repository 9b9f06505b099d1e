package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.SmallImages;

/**
 * Commands on a driver and a cuBLASLt in C that have a device's limits, through the real binding. Kernels compute nothing and
 * products are 0, so the numbers mean nothing: what counts is that no call is refused. All families run, and all tasks but
 * query-adapter, which trains on the CPU. Needs gcc.
 */
class NullDriverIT {
    private static final Path SOURCES = Path.of("src/cuda/src/test/resources/org/lsradapt/cuda/internal");

    @TempDir
    static Path libraries;

    @TempDir
    Path folder;

    @BeforeAll
    static void useTheDriver() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "the driver in C is a Linux library");
        use("fakecuda", "lsradapt.cuda.driver");
        use("fakecublaslt", "lsradapt.cuda.cublaslt");
    }

    private static void use(String name, String property) throws Exception {
        Path library = libraries.resolve(name + ".so");
        String source = SOURCES.resolve(name + ".c").toString();
        try {
            Process gcc = new ProcessBuilder(
                            "gcc", "-DZERO", "-O1", "-shared", "-fPIC", "-o", library.toString(), source)
                    .inheritIO()
                    .start();
            assertEquals(0, gcc.waitFor());
        } catch (IOException e) {
            assumeTrue(false, "gcc is missing, so there is no driver to call: " + e.getMessage());
        }
        System.setProperty(property, library.toString());
    }

    @AfterAll
    static void hideTheDriver() {
        System.clearProperty("lsradapt.cuda.driver");
        System.clearProperty("lsradapt.cuda.cublaslt");
    }

    /** Runs a command on the device; names of files and models are replaced by paths. */
    private CommandLineRun run(String command) {
        List<String> arguments = new ArrayList<>(TinyFiles.arguments(folder, command));
        arguments.addAll(List.of("--device", "cuda"));
        CommandLineRun run = CommandLineRun.of(arguments);
        assertEquals(0, run.code(), run.err());
        assertTrue(
                run.err().contains("device: CUDA on Fake 9000, ") || run.out().contains("CUDA on Fake 9000, "),
                run.err());
        return run;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "classify @bert /classes.csv | predict the",
                "regress @mpnet /numbers.csv |",
                "ordinal @deberta-v3 /classes.csv --order rain,sun |",
                "labels @distilbert /labels.csv |",
                "tokens @bert /words.conll | predict the",
                "spans @bert /spans.jsonl | predict --data /spans.jsonl",
                "masked @bert-masked /texts.txt |",
                "text @llama /texts.txt | generate --prompt the --max-tokens 3",
                "instructions @llama /told.csv |",
                "preferences @llama /answers.csv | generate --prompt the --max-tokens 3",
                "pairs @electra /pairs.csv | embed the",
                "similarity @bert /scored.csv |",
                "rerank @modernbert /judged.csv | rerank --query the --passages /texts.txt",
            })
    void task_onADeviceWithLimits_runsToItsEnd(String task, String use) throws IOException {
        TinyFiles.write(folder);
        String[] words = task.split(" ", 4);
        train("--task " + words[0] + " --model " + words[1] + " --train " + words[2] + " --dev " + words[2] + " "
                + (words.length > 3 ? words[3] : ""));
        if (use != null) {
            run(use + " --adapter /run/lsr-1");
        }
    }

    /** Families in addition to those of the tasks; golden models without a tokenizer get that of another family. */
    @ParameterizedTest
    @CsvSource({
        "roberta, classify",
        "xlm-roberta, classify",
        "camembert, classify",
        "mistral, text",
        "qwen2, text",
        "qwen3, text",
        "smollm3, text",
        "phi3, text",
        "gemma2, text",
        "gemma3, text",
    })
    void family_onADeviceWithLimits_runsToItsEnd(String family, String task) throws IOException {
        TinyFiles.write(folder);
        Path model = Files.createDirectory(folder.resolve(family));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Path golden = Path.of(Samples.model(family), file);
            Files.copy(Files.exists(golden) ? golden : Path.of(Samples.model("deberta-v3"), file), model.resolve(file));
        }
        boolean isText = task.equals("text");
        String data = isText ? "/texts.txt" : "/classes.csv";
        train("--task " + task + " --model /" + family + " --train " + data + " --dev " + data);
        run((isText ? "generate --max-tokens 3 --prompt the" : "predict the") + " --adapter /run/lsr-1");
    }

    private void train(String options) {
        train("/run", options);
    }

    private void train(String out, String options) {
        run("finetune --epochs 1 --batch 4 --methods lsr --targets all-linear --device-products bf16 --out " + out + " "
                + options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "deit", "dinov2", "dinov2-registers"})
    void images_onADeviceWithLimits_runToTheirEnd(String family) throws IOException {
        SmallImages.write(folder.resolve("pictures"), 4);
        SmallImages.dinov2(family, folder.resolve("small"));
        train("--task images --model /small --data /pictures");
        run("predict --adapter /run/lsr-1 --images /pictures/left/0.png");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "siglip"})
    void towers_onADeviceWithLimits_runToTheirEnd(String family) throws IOException {
        List<String> captions = SmallImages.write(folder.resolve("pictures"), 4).stream()
                .map(image -> "{\"image\": \"" + image.image() + "\", \"caption\": \""
                        + image.image().getFileName() + " " + image.label() + "\"}")
                .toList();
        Files.write(folder.resolve("captions.jsonl"), captions);
        if (family.equals("clip")) {
            SmallImages.clip(folder.resolve("small"));
        } else {
            SmallImages.siglip(folder.resolve("small"));
        }
        train("--task images --model /small --data /captions.jsonl");
        run("zero-shot --adapter /run/lsr-1 --labels left,right /pictures/left/0.png");
        train("/classes", "--task images --model /small --data /pictures");
        run("predict --adapter /classes/lsr-1 --images /pictures/left/0.png");
    }
}
