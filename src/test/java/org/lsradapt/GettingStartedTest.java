package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

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
        List<String> blocks = javaBlocks(Files.readString(Path.of("docs/getting-started.md")));
        assertEquals(2, blocks.size());
        Path file = folder.resolve("Snippets.java");
        Files.writeString(file, SOURCE.formatted(blocks.get(0), blocks.get(1)));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-classpath", System.getProperty("java.class.path"), "-d", folder.toString()),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
                .call();
        assertTrue(compiled, messages::toString);
        double[] result = (double[]) call(folder, "run");
        assertTrue(result[0] < 0.5, "error left: " + result[0]);
        assertEquals(0, result[1], "W was written");
        assertEquals(0, result[2], 1e-3, "exported LoRA matrices give another weight");
        assertTrue(call(folder, "config").toString().contains("inFactors=[48, 16]"));
    }

    private static Object call(Path folder, String method)
            throws IOException, ReflectiveOperationException {
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, INDArray.class.getClassLoader())) {
            return loader.loadClass("Snippets").getMethod(method).invoke(null);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private static List<String> javaBlocks(String markdown) {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(markdown);
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }
}
