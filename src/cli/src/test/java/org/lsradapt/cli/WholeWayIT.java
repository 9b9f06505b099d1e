package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.lsr.JavaProcess;

/**
 * Tasks from their data to the end: this process trains, another one uses, merges, exports and imports what was saved, and gives the same
 * answers. Tests of the other tasks' commands start a process of their own.
 */
class WholeWayIT {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?");

    @TempDir
    static Path folder;

    /**
     * A task.
     *
     * @param use a command, in which MODEL stands for the options of the model
     * @param imported the task that PEFT's files are imported for, with its options
     */
    private record Way(String name, String base, String data, String use, String imported) {
        String adapter() {
            return "--adapter /" + name + "/lsr-1";
        }

        String used(String model) {
            return use.replace("MODEL", model);
        }

        List<String> commands() {
            return List.of(
                    used(adapter()),
                    "merge " + adapter() + " --out /" + name + "-merged",
                    used("--model /" + name + "-merged"),
                    "export " + adapter() + " --out /" + name + "-peft",
                    "import --from /" + name + "-peft --model " + base + " --out /" + name + "-imported --task "
                            + imported,
                    used("--adapter /" + name + "-imported"));
        }
    }

    private static Way table(String task, String base, String file, String use, String imported) {
        return new Way(task, base, "--task " + task + " --train " + file + " --dev " + file, use, imported);
    }

    private static final String GENERATE = "generate MODEL --prompt the --max-tokens 3";
    private static final String IMAGES = " --images /pictures/left/0.png /pictures/right/0.png";

    private static final List<Way> WAYS = List.of(
            table("classify", "@bert", "/classes.csv", "predict MODEL the", "classify --labels rain,sun"),
            table("regress", "@mpnet", "/numbers.csv", "predict MODEL the", "regress"),
            table("spans", "@bert", "/spans.jsonl", "predict MODEL --data /spans.jsonl", "spans"),
            table("instructions", "@llama", "/told.csv", GENERATE, "text"),
            table("preferences", "@llama", "/answers.csv", GENERATE, "text"),
            new Way(
                    "images",
                    "/vit",
                    "--task images --data /pictures",
                    "predict MODEL" + IMAGES,
                    "images --labels left,right"),
            new Way(
                    "captions",
                    "/clip",
                    "--task images --data /captions.jsonl --dev /captions.jsonl",
                    "zero-shot MODEL --labels left,right" + IMAGES.replace("--images ", ""),
                    "images"));

    @BeforeAll
    static void write() throws IOException {
        TinyFiles.write(folder);
        List<String> captions = SmallImages.write(folder.resolve("pictures"), 4).stream()
                .map(image -> "{\"image\": \"" + image.image() + "\", \"caption\": \"" + image.label() + "\"}")
                .toList();
        Files.write(folder.resolve("captions.jsonl"), captions);
        SmallImages.dinov2("vit", folder.resolve("vit"));
        SmallImages.clip(folder.resolve("clip"));
    }

    @Test
    void taskTrainedHere_isUsedMergedAndExportedInAnotherProcess() throws Exception {
        List<String> commands = new ArrayList<>();
        Map<String, String> expected = new HashMap<>();
        for (Way way : WAYS) {
            run("finetune --epochs 1 --methods lsr --targets all-linear --quiet --out /" + way.name + " --model "
                    + way.base + " " + way.data);
            String answer = run(way.used(way.adapter()));
            for (String command : way.commands()) {
                commands.add(command);
                if (command.startsWith(way.use.split(" ")[0])) {
                    expected.put(command, answer);
                }
            }
        }
        List<String> answers = inAnotherProcess(commands);
        for (int i = 0; i < commands.size(); i++) {
            String command = commands.get(i);
            assertTrue(answers.get(i).startsWith("0 "), command + ": " + answers.get(i));
            if (expected.containsKey(command)) {
                assertAgree(command, expected.get(command), answers.get(i).substring(2));
            }
        }
    }

    /** The adapter itself answers the same to the digit; merging and exporting round products. */
    private static void assertAgree(String command, String expected, String actual) {
        String words = NUMBER.matcher(expected).replaceAll("#");
        assertEquals(words, NUMBER.matcher(actual).replaceAll("#"), command);
        double[] numbers = numbers(expected);
        assertArrayEquals(numbers, numbers(actual), command.contains("/lsr-1") ? 0 : 2e-4, command);
    }

    private static double[] numbers(String text) {
        return NUMBER.matcher(text)
                .results()
                .mapToDouble(number -> Double.parseDouble(number.group()))
                .toArray();
    }

    private static String run(String command) {
        CommandLineRun run = CommandLineRun.of(TinyFiles.arguments(folder, command));
        assertEquals(0, run.code(), () -> command + "\n" + run.err());
        return run.out();
    }

    private static List<String> inAnotherProcess(List<String> commands) throws Exception {
        Path asked = Files.write(folder.resolve("commands"), commands);
        List<String> java = JavaProcess.command(Other.class);
        java.add(asked.toString());
        Process process = new ProcessBuilder(java)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), () -> "see " + folder);
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            answers.add(Files.readString(folder.resolve("commands." + i)));
        }
        return answers;
    }

    /** The other process: writes the answer to each line of a file, or what went wrong. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) throws IOException {
            Path asked = Path.of(arguments[0]);
            List<String> commands = Files.readAllLines(asked);
            for (int i = 0; i < commands.size(); i++) {
                CommandLineRun run = CommandLineRun.of(TinyFiles.arguments(asked.getParent(), commands.get(i)));
                Files.writeString(
                        Path.of(asked + "." + i), run.code() + " " + run.out() + (run.code() == 0 ? "" : run.err()));
            }
        }
    }
}
