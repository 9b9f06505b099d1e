package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** What commands do with a folder of adapters without head and base model. */
class AdaptersAloneCommandsIT {

    @TempDir
    Path parent;

    private Path folder;

    @BeforeEach
    void save() throws IOException {
        folder = parent.resolve("alone");
        FrozenLinear layer = FrozenLinear.of("up", Nd4j.zeros(DataType.FLOAT, 12, 10));
        LsrConfig config = LsrConfig.builder().alpha(32).bottleneckRank(8).build();
        try (AdapterSet set = AdapterSet.create(List.of(layer), config, Backends.standard())) {
            set.values().assign(RandomArrays.normal(new Random(1), DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    @Test
    void inspect_showsTheAdapters() {
        String out = succeed("inspect --adapter {}", folder).out();
        assertTrue(out.contains("base model  unknown: only adapters"), out);
        assertTrue(out.contains("scaling     32 (= alpha)\n"), out);
        assertTrue(out.contains("task        none: no head"), out);
        assertTrue(out.contains("adapters 736 + head 0 = 736 trainable parameters"), out);
    }

    @Test
    void export_writesABareEncodersAdapterUnderTheNameThatIsGiven() throws IOException {
        String out = parent.resolve("peft").toString();
        assertRefused(
                "has only adapters and does not name a base model; expected --base-name",
                "export --adapter {} --out {}",
                folder,
                out);
        assertRefused(
                "the base model's name is empty, expected a name on",
                "export --adapter {} --base-name {} --out {}",
                folder,
                "",
                out);
        succeed("export --adapter {} --base-name org/own --out {}", folder, out);
        assertTrue(Files.readString(Path.of(out, "adapter_config.json")).contains("FEATURE_EXTRACTION"));
        try (SafeTensors file = SafeTensors.open(Path.of(out, "adapter_model.safetensors"))) {
            assertEquals(
                    List.of("base_model.model.up.lora_A.weight", "base_model.model.up.lora_B.weight"),
                    List.copyOf(file.names()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"predict hello", "merge --out X", "reduce --s 2", "quantize"})
    void whatNeedsAModel_isRefused(String command) {
        CommandLineRun run =
                CommandLineRun.line(command.replace("X", parent.resolve("x").toString()) + " --adapter {}", folder);
        assertEquals(
                "error: " + folder
                        + ": has adapters alone, expected a head and its base model too, as finetune saves them\n",
                run.err());
        assertEquals(2, run.code());
    }
}
