package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/getting-started.md. */
class GettingStartedTest {
    private static final String SOURCE =
            """
            import java.util.List;
            import org.lsradapt.lsr.*;
            import org.lsradapt.training.AdamW;
            import org.nd4j.linalg.api.buffer.DataType;
            import org.nd4j.linalg.api.ndarray.INDArray;
            import org.nd4j.linalg.factory.Nd4j;

            public class Snippets {
                public static double[] run() {
                    Nd4j.getRandom().setSeed(1);
                    INDArray W = Nd4j.randn(DataType.FLOAT, 24, 20);
                    INDArray before = W.dup();
                    INDArray x = Nd4j.randn(DataType.FLOAT, 64, 24);
                    INDArray target = x.mmul(W.add(Nd4j.randn(DataType.FLOAT, 24, 2).mmul(Nd4j.randn(DataType.FLOAT, 2, 20))));
                    double start = x.mmul(W).sub(target).norm2Number().doubleValue();
            %s
                    double end = x.mmul(merged).sub(target).norm2Number().doubleValue();
                    INDArray exported = W.add(lora.a().mmul(lora.b()).mul(lora.scaling()));
                    return new double[] {
                        end / start, W.sub(before).norm2Number().doubleValue(), exported.sub(merged).norm2Number().doubleValue()
                    };
                }

                public static LsrConfig config() {
            %s
                    return config;
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_trainTheAdapter(@TempDir Path folder) throws Exception {
        List<String> blocks = DocumentedJava.blocks(Files.readString(Path.of("docs/getting-started.md")));
        assertEquals(2, blocks.size());
        DocumentedJava.compile(folder, SOURCE.formatted(blocks.get(0), blocks.get(1)));
        double[] result = (double[]) DocumentedJava.call(folder, "run");
        assertTrue(result[0] < 0.5, "error left: " + result[0]);
        assertEquals(0, result[1], "W was written");
        assertEquals(0, result[2], 1e-3, "exported LoRA matrices give another weight");
        assertTrue(DocumentedJava.call(folder, "config").toString().contains("inFactors=[48, 16]"));
    }
}
