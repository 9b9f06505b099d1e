package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;

/** Two kinds of adapters in a folder. */
class MixedFolderIT {
    private static final KroneckerConfig KRONA =
            KroneckerConfig.krona(1.5).withSplits(FactorSplit.ofFirst(3), FactorSplit.ofFirst(2));
    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).alpha(0.7).termWeights(true).build();

    @Test
    void inspect_mixedFolder_showsSettingsAndParameters(@TempDir Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("first", RandomArrays.normal(new Random(1), DataType.FLOAT, 12, 10)),
                FrozenLinear.of("middle", RandomArrays.normal(new Random(2), DataType.FLOAT, 9, 8)),
                FrozenLinear.of("last", RandomArrays.normal(new Random(3), DataType.FLOAT, 6, 10)));
        try (AdapterSet set =
                AdapterSet.create(layers, layer -> layer.name().equals("middle") ? LSR : KRONA, Backends.standard())) {
            AdapterFolder.save(folder.resolve("mixed"), set);
        }
        String saved = folder.resolve("mixed").toString();
        CommandLineRun run = succeed("inspect --adapter {}", saved);
        for (String part : List.of(
                "method      kronecker, lsr",
                "split of the inputs: 3·_",
                "effective scaling: 1.5",
                "first.kronecker_second  [1, 4, 5]",
                "middle.lsr_A1",
                "adapters 94 + head 0 = 94 trainable parameters")) {
            run.says(part);
        }
        CommandLineRun picture =
                CommandLineRun.line("inspect --adapter {} --picture {}", saved, folder.resolve("p.png"));
        assertEquals(2, picture.code(), picture.out());
        assertTrue(
                picture.err()
                        .endsWith("has adapters of kronecker, lsr, expected LSR or LoRA, whose condition it shows\n"),
                picture.err());
    }
}
