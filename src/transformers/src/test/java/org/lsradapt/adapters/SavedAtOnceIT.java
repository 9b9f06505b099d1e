package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;

/** One folder that several write and read at a time. */
class SavedAtOnceIT {
    private static final int ROUNDS = 40;

    @TempDir
    Path folder;

    private static TinyAdapter lora() throws IOException {
        return new TinyAdapter(
                SmallModel.BERT, DataType.FLOAT, TinyAdapter.threeClasses(), layer -> LsrConfig.lora(5, 20));
    }

    private static long parameters(Path folder) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder);
                TinyAdapter model = TinyAdapter.lsr();
                var adapters = saved.adapters(model.encoder.linearLayers(), TinyAdapter.BACKEND)) {
            return adapters.parameterCount();
        }
    }

    @Test
    void byTwoThreads_oneIsThereAsAWhole_alsoWhileTheyWrite() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (TinyAdapter lsr = TinyAdapter.lsr();
                TinyAdapter lora = lora()) {
            lsr.save(folder);
            Future<?> first = threads.submit(() -> saveOften(lsr, folder));
            Future<?> second = threads.submit(() -> saveOften(lora, folder));
            Set<Long> found = new HashSet<>();
            while (!first.isDone() || !second.isDone()) {
                found.add(parameters(folder));
            }
            first.get();
            second.get();
            found.add(parameters(folder));
            assertTrue(
                    Set.of(lsr.adapters.parameterCount(), lora.adapters.parameterCount())
                            .containsAll(found),
                    found::toString);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void again_theNewTensorsHaveANewName_andTheOldOnesGo() throws IOException {
        try (TinyAdapter lsr = TinyAdapter.lsr();
                TinyAdapter lora = lora()) {
            lsr.save(folder);
            assertEquals(Set.of("adapter_config.json", "adapter_model.safetensors"), names(folder));
            lora.save(folder);
            Path config = folder.resolve(AdapterConfigFile.NAME);
            String second = AdapterConfigFile.of(config.toString(), Files.readAllBytes(config))
                    .tensors()
                    .name();
            assertTrue(second.matches("adapter_model-[0-9a-f]{8}\\.safetensors"), second);
            assertEquals(Set.of("adapter_config.json", second), names(folder));
            lora.save(folder);
            assertEquals(Set.of("adapter_config.json", second), names(folder), "what is there already");
            Files.write(folder.resolve(second), new byte[7]);
            lora.save(folder);
            assertEquals(2, names(folder).size(), names(folder)::toString);
            assertEquals(lora.adapters.parameterCount(), parameters(folder));
        }
    }

    /** As a process that is killed between its two files leaves them. */
    @Test
    void tensorsOfAKilledSave_changeNothing_andGoWhenTheyAreOld() throws IOException {
        try (TinyAdapter lsr = TinyAdapter.lsr();
                TinyAdapter lora = lora()) {
            Path left = folder.resolve("adapter_model-0123abcd.safetensors");
            lora.save(folder.resolve("other"));
            lsr.save(folder);
            Files.copy(folder.resolve("other/adapter_model.safetensors"), left);
            lora.save(folder.resolve("first"));
            Files.delete(folder.resolve("first/adapter_config.json"));
            lsr.save(folder.resolve("first"));
            assertEquals(Set.of("adapter_config.json", "adapter_model.safetensors"), names(folder.resolve("first")));
            assertEquals(lsr.adapters.parameterCount(), parameters(folder.resolve("first")));
            assertEquals(lsr.adapters.parameterCount(), parameters(folder));
            lsr.save(folder);
            assertTrue(Files.exists(left), "another process may be saving it");
            lora.save(folder);
            Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
            lsr.save(folder);
            assertTrue(Files.notExists(left));
            assertEquals(lsr.adapters.parameterCount(), parameters(folder));
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void byTwoProcesses_oneIsThereAsAWhole() throws Exception {
        try (TinyAdapter lsr = TinyAdapter.lsr()) {
            lsr.save(folder);
            List<String> command = JavaProcess.command(Other.class);
            command.add(folder.toString());
            Process other = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            while (other.isAlive()) {
                lsr.save(folder);
            }
            assertEquals(0, other.exitValue());
            assertTrue(parameters(folder) > 0);
        }
    }

    private static Void saveOften(TinyAdapter adapter, Path folder) throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            adapter.save(folder);
        }
        return null;
    }

    /** The other process. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws IOException {
            try (TinyAdapter lora = lora()) {
                saveOften(lora, Path.of(args[0]));
            }
        }
    }
}
