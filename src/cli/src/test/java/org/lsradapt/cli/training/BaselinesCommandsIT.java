package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.TinyModels;

/** Other papers' adapters on the command line, on a model of width 4: what is trained, saved, shown, merged. */
class BaselinesCommandsIT {
    private static final String METHODS =
            "lokr:0:lr=0.02,krona:scale=2,cdka:1:r1=1:r2=2,kadaptation:2:r=0,lsr-authors:4:s=2,"
                    + "hira:1,hira-lsr:2:s=1,hira-krona:2,vera:3,lora-xs:2,fourierft:5,krona-mixed:in=1+2+4,"
                    + "lsr-shared:2:r=2,krona-shared:1,miss:2,uni-lora:20";

    @TempDir
    static Path parent;

    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void train() throws IOException {
        Path model = TinyModels.writeBert(Files.createDirectory(parent.resolve("tiny")), 1);
        Path data = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 16, 8);
        run = parent.resolve("run");
        trained = succeed(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 2 --methods {} --lr "
                        + "0.01 --out {}",
                model,
                data,
                METHODS,
                run);
    }

    @Test
    void metrics_haveParametersAndSettingsOfEach() throws IOException {
        JsonNode metrics = JsonFile.readObject(run.resolve("metrics.json"));
        // Query and value, 4 by 4, in one layer: lsr-shared and krona-shared share factors of both, uni-lora all.
        Map<String, Integer> counts = new HashMap<>(Map.of(
                "hira:1", 2 * 8,
                "hira-lsr:2:s=1", 2 * (2 * 2 + 2 + 2 * 2 + 2),
                "hira-krona:2", 2 * 2 * 8,
                "vera:3", 2 * (3 + 4),
                "lora-xs:2", 2 * 4,
                "fourierft:5", 2 * 5,
                "krona-mixed:in=1+2+4", 2 * (17 + 8 + 17)));
        counts.putAll(Map.of(
                "lokr:0:lr=0.02", 2 * 8,
                "krona:scale=2", 2 * 8,
                "cdka:1:r1=1:r2=2", 2 * (2 * 4 + 2),
                "kadaptation:2:r=0", 2 * (2 * 4 + 2 * 4),
                "lsr-authors:4:s=2", 2 * 2 * 2 * 2 * 4,
                "lsr-shared:2:r=2", 2 * (2 * 2 + 2 + 2 * 2 + 2 + 2 * 2),
                "krona-shared:1", 4 + 4 + 2,
                "miss:2", 2 * 2 * 4,
                "uni-lora:20", 20));
        for (JsonNode result : metrics.get("results")) {
            String method = result.get("method").textValue();
            assertEquals(counts.get(method), result.get("adapter_parameters").intValue(), method);
            double rate =
                    metrics.get("settings").get(method).get("learning rate").doubleValue();
            assertEquals(method.startsWith("lokr") ? 0.02 : 0.01, rate, method);
        }
        assertEquals(counts.size(), metrics.get("results").size());
        assertEquals(2, metrics.at("/settings/krona:scale=2/effective scaling").intValue());
        assertEquals(
                4096,
                metrics.at("/settings/lsr-authors:4:s=2/effective scaling").intValue());
        assertTrue(Files.readString(run.resolve("report.md")).contains("kronecker_first [2, 2, 2], kronecker_second"));
        trained.says("cdka:1:r1=1:r2=2");
    }

    /** The folders of all methods. */
    static List<String> adapters() {
        return List.of(
                "lokr-r0-lr=0.02-1",
                "krona-scale=2-1",
                "cdka-r1-r1=1-r2=2-1",
                "kadaptation-r2-r=0-1",
                "lsr-authors-r4-s=2-1",
                "hira-r1-1",
                "hira-lsr-r2-s=1-1",
                "hira-krona-r2-1",
                "vera-r3-1",
                "lora-xs-r2-1",
                "fourierft-r5-1",
                "krona-mixed-in=1+2+4-1",
                "lsr-shared-r2-r=2-1",
                "krona-shared-r1-1",
                "miss-r2-1",
                "uni-lora-r20-1");
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void adapter_predictsAsItsMergedModel_andIsShown(String name) {
        String adapter = run.resolve(name).toString();
        String pair = "The bank won\tThe team won";
        String answer = succeed("predict --adapter {} {}", adapter, pair).out();
        Path merged = parent.resolve("merged-" + name);
        succeed("merge --adapter {} --out {}", adapter, merged);
        assertEquals(answer, succeed("predict --model {} {}", merged, pair).out());
        List<String> shown = succeed("inspect --adapter {}", adapter).lines();
        String kind = List.of("lsr-shared", "lsr", "hira", "vera", "lora-xs", "fourierft", "miss", "uni-lora").stream()
                .filter(name::startsWith)
                .findFirst()
                .orElse(name.startsWith("krona-mixed") ? "kronecker-mixed" : "kronecker");
        kind = name.startsWith("krona-shared") ? "lsr-shared" : kind;
        assertTrue(shown.get(0).endsWith(" " + kind), shown.get(0));
        boolean shared = shown.contains("condition over layers, rows and columns");
        assertEquals(kind.equals("lsr-shared"), shared, shown.toString());
    }

    /** A model of width 4 keeps every direction, so that a LoRA of all ranks predicts the same in PEFT's form too. */
    @ParameterizedTest
    @MethodSource("adapters")
    void adapter_exportedAsLora_predictsTheSame(String name) throws IOException {
        Path adapter = run.resolve(name);
        Path peft = parent.resolve("lora-" + name);
        String said = succeed("export --adapter {} --as-lora 1.0 --out {}", adapter, peft)
                .out();
        assertTrue(said.matches("as LoRA: 2 layers of rank \\d( to \\d)?, exact up to rounding\nwritten: .*\n"), said);
        assertEquals(
                "LORA",
                JsonFile.readObject(peft.resolve("adapter_config.json"))
                        .get("peft_type")
                        .textValue());
        Path back = parent.resolve("back-" + name);
        succeed(
                "import --from {} --model {} --task mrpc --pairs --max-length 10 --out {}",
                peft,
                parent.resolve("tiny"),
                back);
        String pair = "The bank won\tThe team won";
        assertEquals(
                succeed("predict --adapter {} {}", adapter, pair).out(),
                succeed("predict --adapter {} {}", back, pair).out());
    }

    @Test
    void asLora_ofFewerRanks_printsTheError_andRefusesOtherRanks() {
        Path hira = run.resolve("hira-krona-r2-1");
        String said = succeed("export --adapter {} --as-lora 1 --out {}", hira, parent.resolve("rank-1"))
                .lines()
                .get(0);
        assertTrue(
                said.matches("as LoRA: 2 layers of rank 1, relative error of the updates 0\\.\\d+, at worst 0\\.\\d+ in"
                        + " encoder\\.layer\\.0\\.attention\\.self\\.(query|value)"),
                said);
        for (String rank : List.of("0", "1.5", "half")) {
            assertRefused(
                    "rank of LoRA: ",
                    "export --adapter {} --as-lora {} --out {}",
                    hira,
                    rank,
                    parent.resolve("refused"));
        }
    }

    /** As many terms keep everything; one term of layers that share factors is a fit over the layers. */
    @Test
    void shared_reduced_keepsTheUpdateWithAllTerms_andIsSavedWithFewer() throws IOException {
        Path adapter = run.resolve("lsr-shared-r2-r=2-1");
        Path reduced = parent.resolve("reduced");
        List<String> said = succeed(
                        "reduce --adapter {} --data {} --s 2,1 --out {}", adapter, parent.resolve("mrpc"), reduced)
                .lines();
        assertTrue(said.get(1).startsWith("2 as trained") && said.get(1).contains("32"), said.toString());
        assertTrue(said.get(2).contains("0.0000") && said.get(3).contains("16"), said.toString());
        assertTrue(Files.exists(reduced.resolve("s1/adapter_config.json")));
        assertRefused("is adapted by kind 'lsr-shared', expected 'lsr' here", "quantize --adapter {}", adapter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"quantize", "reduce", "convert"})
    void whatIsForLsrAlone_onAnotherKind_isRefusedInALine(String command) {
        assertRefused(
                "is adapted by kind 'kronecker', expected 'lsr' here",
                "{} --adapter {}",
                command,
                run.resolve("krona-scale=2-1"));
    }
}
