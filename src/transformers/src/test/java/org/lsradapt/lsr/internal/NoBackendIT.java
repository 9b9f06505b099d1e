package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.lsr.backend.Nd4jBackend;
import org.lsradapt.lsr.backend.ReferenceBackend;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The library in a process whose class path has no ND4J backend: whatever comes first names the artifact. */
class NoBackendIT {
    @TempDir
    private Path folder;

    @Test
    void firstUse_namesTheArtifact() throws Exception {
        String all = System.getProperty("java.class.path");
        String lacking = Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("nd4j-native-1"))
                .collect(Collectors.joining(File.pathSeparator));
        assertTrue(all.length() > lacking.length(), "the backend is on the class path of the tests");
        FrozenLinear layer = FrozenLinear.of("layer", Nd4j.ones(DataType.FLOAT, 4, 4));
        try (AdapterSet adapters = AdapterSet.create(List.of(layer), LsrConfig.lora(2, 4), new ReferenceBackend())) {
            AdapterFolder.save(folder.resolve("adapter"), adapters);
        }
        Path tensors = folder.resolve("tensors");
        SafeTensors.write(tensors, Map.of("a", Nd4j.ones(DataType.FLOAT, 2)), Map.of());
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        lacking,
                        Uses.class.getName(),
                        folder.resolve("adapter").toString(),
                        tensors.toString())
                .redirectError(folder.resolve("log").toFile())
                .redirectOutput(out.toFile())
                .start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "takes too long");
        assertEquals(0, process.exitValue(), Files.readString(folder.resolve("log")));
        String expected = "java.lang.IllegalStateException: no ND4J backend is on the class path;"
                + " add org.nd4j:nd4j-native-platform:1.0.0-M2.1 to run on the CPU";
        assertEquals(
                String.join(
                        "\n",
                        Uses.all("", "").keySet().stream()
                                .map(use -> use + ": " + expected)
                                .toList()),
                Files.readString(out).strip());
    }

    /** Each is tried in one process; the first comes upon a class that cannot be initialized, the others upon one that could not. */
    static final class Uses {
        private Uses() {}

        static Map<String, Executable> all(String adapter, String tensorFile) {
            Map<String, Executable> uses = new LinkedHashMap<>();
            uses.put("load a model", () -> BaseModel.load(Samples.model("bert")));
            uses.put("train", () -> TextClassifier.on(Samples.model("bert")).train(Samples.weather(30)));
            uses.put("load an adapter", () -> AdapterFolder.load(Path.of(adapter)));
            uses.put("read a tensor", () -> {
                try (SafeTensors tensors = SafeTensors.open(Path.of(tensorFile))) {
                    tensors.read("a");
                }
            });
            uses.put("standard backend", Backends::standard);
            uses.put("CPU backend", CpuBackend::new);
            uses.put("ND4J backend", Nd4jBackend::new);
            return uses;
        }

        public static void main(String[] args) throws Exception {
            all(args[0], args[1]).forEach((name, use) -> {
                try {
                    use.execute();
                    System.out.println(name + ": done");
                } catch (Throwable e) {
                    System.out.println(name + ": " + e);
                }
            });
        }
    }
}
