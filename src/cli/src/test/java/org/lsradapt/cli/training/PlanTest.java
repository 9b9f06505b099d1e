package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.TinyModels;

class PlanTest {

    @TempDir
    Path parent;

    @Test
    void recommendedOptions_givenToFinetune_makeAnAdapterOfTheNumbersPlanned() throws IOException {
        String model = TinyModels.writeBert(parent, 1).toString();
        CommandLineRun plan = succeed("plan --model {} --budget 80 --max-cost 1", model);
        String line = plan.lines().get(plan.lines().size() - 1);
        String numbers = plan.lines().stream()
                .filter(row -> row.startsWith("*"))
                .findFirst()
                .orElseThrow()
                .split(" +")[6];
        String start = "* recommended: finetune --model " + model + " --methods ";
        assertTrue(line.startsWith(start), line);
        Path run = parent.resolve("run");
        succeed(
                line.substring("* recommended: ".length())
                        + " --task mrpc --data {} --max-length 10 --epochs 1 --out {}",
                CommandLineRun.writeMrpc(parent.resolve("mrpc"), 8, 4),
                run);
        assertEquals(
                Integer.parseInt(numbers),
                JsonFile.readObject(run.resolve("metrics.json"))
                        .get("results")
                        .get(0)
                        .get("adapter_parameters")
                        .asInt());
    }

    @Test
    void layers_areListedWithTheRecommendedOne() {
        CommandLineRun plan = succeed("plan --layer 768x768 --budget-per-layer 3584 --top 3");
        assertTrue(
                plan.lines().stream().anyMatch(line -> line.startsWith("1 layers, 3,584 parameters per layer: ")),
                plan.out());
        String recommended = plan.lines().get(plan.lines().size() - 1);
        assertTrue(recommended.startsWith("* recommended: finetune --methods lsr --r "), plan.out());
        CommandLineRun each = succeed("plan --each --markdown --layer 384x384 --layer 1021x384 --budget-lora-r 2");
        assertTrue(each.lines().get(2).startsWith("| 384x384 | "), each.out());
        assertEquals(4, each.lines().size(), each.out());
    }

    /** A budget of half of what LoRA of r = 1 has on the layer. */
    @Test
    void accuracy_measuredWithinTheSize_isPrintedMostAccurateFirst() throws IOException {
        List<String> lines = succeed("plan --layer 384x384 --budget 384").lines();
        int heading = lines.indexOf("accuracy measured with at most 0.50 times the parameters of LoRA r 1"
                + " (WordNet, MiniLM's query and value, 3 seeds):");
        assertEquals(0, heading, lines.toString());
        List<MeasuredMethod> best = MeasuredMethod.best(0.5);
        int most = Math.min(5, best.size());
        for (int i = 0; i < most; i++) {
            String row = lines.get(heading + 3 + i);
            assertTrue(row.startsWith(best.get(i).name()), row);
        }
        assertEquals("", lines.get(heading + 3 + most));
        String winner = "best of these: finetune --methods " + best.get(0).options();
        assertTrue(lines.indexOf(winner) > heading && lines.indexOf(winner) < lines.size() - 5, lines.toString());
        assertTrue(succeed("plan --layer 768x768 --budget 44 --factors 4")
                .lines()
                .contains("accuracy was not measured with 0.03 times the parameters of LoRA r 1"));
    }

    /** Layers that share a width share its split, also where their other widths differ. */
    @Test
    void layersOfOneInputWidth_itsSplitIsShown() {
        String out =
                succeed("plan --layer 384x384 --layer 384x1536 --budget 5000").out();
        List<List<String>> rows = out.lines()
                .filter(line -> line.matches("[* ] +\\d+x\\d.*"))
                .map(PlanTest::cells)
                .toList();
        assertEquals(11, rows.size(), out);
        for (List<String> row : rows) {
            List<String> named = row.get(0).equals("*") ? row.subList(1, row.size()) : row;
            assertTrue(named.get(0).matches("[0-9x]+") && named.get(2).equals("balanced"), out);
        }
    }

    @Test
    void model_memoryOfTrainingIsSaidWithAndWithoutCheckpointing() throws IOException {
        String model = TinyModels.writeBert(parent, 1).toString();
        List<String> lines = succeed(
                        "plan --model {} --budget 80 --max-cost 1 --batch 5 --length 7 --dropout 0.1 "
                                + "--base-precision bf16",
                        model)
                .lines();
        int heading = lines.indexOf("memory of training with the recommended adapters on 5 x 7 tokens, in addition"
                + " to that of Java and native libraries:");
        assertTrue(heading > 0, lines.toString());
        assertEquals(List.of("MB", "default", "--checkpointing"), cells(lines.get(heading + 2)));
        assertEquals("activations", cells(lines.get(heading + 6)).get(0));
        assertEquals("together", cells(lines.get(heading + 10)).get(0));
    }

    @Test
    void embeddingModel_memoryOfTrainingOnPairs_isThatOfTwoTextsEach_orOfAChunk() {
        List<List<String>> tables = Stream.of("0", "16")
                .map(chunk -> succeed(
                                "plan --model minilm --budget 30720 --pairs --batch 32 --length 20 --chunk {}", chunk)
                        .lines())
                .map(lines -> lines.subList(
                        lines.indexOf("memory of training with the recommended adapters on 2 x 32 x 20 tokens, in"
                                + " addition to that of Java and native libraries:"),
                        lines.size()))
                .toList();
        assertEquals("loss", cells(tables.get(0).get(8)).get(0));
        double whole = Double.parseDouble(cells(tables.get(0).get(6)).get(1));
        double chunk = Double.parseDouble(cells(tables.get(1).get(6)).get(1));
        assertEquals(4, whole / chunk, 0.1);
    }

    private static List<String> cells(String line) {
        return List.of(line.strip().split(" +"));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("(--budget=N | --budget-per-layer=N | --budget-lora-r=R)", "--layer 3x3"),
                Arguments.of("mutually exclusive", "--layer 3x3 --budget 1 --budget-lora-r 1"),
                Arguments.of("--layer 3: expected an input and an output width, such as", "--layer 3 --budget 9"),
                Arguments.of("layer 0x3: 0×3, expected an input and an output", "--layer 0x3 --budget 9"),
                Arguments.of("'3*3' is not a list of factor sizes", "--layer 3*3 --budget 9"),
                Arguments.of("budget: 0, expected >= 1", "--layer 3x3 --budget 0"),
                Arguments.of("nothing fits into 1 parameters in all on 1 layers", "--layer 3x3 --budget 1"),
                Arguments.of("largest relative cost -1.0", "--layer 3x3 --budget 9 --max-cost -1"),
                Arguments.of("--top 0: expected >= 1", "--layer 3x3 --budget 9 --top 0"),
                Arguments.of(
                        "--batch, --length, --pairs, --chunk, --dropout and --base-precision describe the memory",
                        "--layer 3x3 --budget 9 --length 8"),
                Arguments.of("--layer 131073x3: expected widths of at most 131072", "--layer 131073x3 --budget 9"),
                Arguments.of(
                        "numbers of factors [9], expected at least one, all 1 to 8",
                        "--layer 8x8 --budget 9 --factors 9"),
                Arguments.of("--factors: found no value, expected at least one", "--layer 8x8 --budget 9 --factors ,"),
                Arguments.of("--layer replaces a model", "--layer 3x3 --budget 9 --model minilm"),
                Arguments.of(
                        "model 'maxi': there is no such folder or file; expected minilm, bge-small, e5-small, bge-small-zh, bert-base",
                        "--model maxi --budget 9"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_isNamedInOneLine(String complaint, String options) {
        assertRefused(complaint, "plan " + options);
    }
}
