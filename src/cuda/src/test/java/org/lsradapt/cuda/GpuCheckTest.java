package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.SpeedCheck;
import org.lsradapt.cuda.internal.models.SpeedShape;
import org.lsradapt.cuda.internal.models.StepSpeed;
import org.lsradapt.cuda.interpreter.FreeMemory;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

class GpuCheckTest {

    @Test
    void device_interpretedDriver_passesEachStage() {
        GpuCheck check = new GpuCheck(InterpretedDriver::new);
        List<GpuCheck.Stage> stages =
                Stream.of("libraries", "device", "modules").map(check::stage).toList();
        assertEquals(
                List.of("libraries", "device", "modules"),
                stages.stream().map(GpuCheck.Stage::name).toList());
        assertTrue(stages.stream().allMatch(GpuCheck.Stage::passed), stages.toString());
    }

    @Test
    void speed_interpretedDriver_hasALineForEachMeasurement() {
        try (Device device = new InterpretedDriver().open(0)) {
            List<String> lines = SpeedCheck.run(device, 8, 1024);
            assertEquals(4, lines.size());
            assertTrue(lines.get(0).matches("copies of 1,024 bytes: .* GB/s read and written"), lines.get(0));
            assertTrue(lines.get(3).matches("product BF16 of 8 x 8 x 8: .* TFLOP/s"), lines.get(3));
        }
    }

    private static final String SHAPES = """
            {"shapes": [
              {"name": "tiny BERT", "sequences": 2, "length": 3, "stored": "BF16", "model_type": "bert",
               "num_hidden_layers": 1, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32,
               "vocab_size": 31, "max_position_embeddings": 16, "layer_norm_eps": 1e-12, "type_vocab_size": 2,
               "pad_token_id": 0},
              {"name": "tiny LLaMA", "sequences": 1, "length": 4, "stored": "Q4_0", "model_type": "llama",
               "num_hidden_layers": 1, "hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 2,
               "intermediate_size": 32, "vocab_size": 31, "max_position_embeddings": 16, "rope_theta": 10000.0,
               "rms_norm_eps": 1e-06}]}
            """;

    private static List<SpeedShape> shapes() throws IOException {
        byte[] bytes = SHAPES.getBytes(StandardCharsets.UTF_8);
        return SpeedShape.of(new JsonFields("shapes", JsonFile.object("shapes", bytes)));
    }

    @Test
    void steps_tinyShapes_haveTimesOfBothKindsOfAdapters() throws IOException {
        GpuCheck.Stage stage = new GpuCheck(InterpretedDriver::new).steps(shapes(), 1);
        assertTrue(stage.passed(), stage.toString());
        String times = ": \\S+ ms a step with LSR, \\S+ ms with LoRA \\(\\S+ times\\); 0.00 and 0.00 GiB; \\S+ ms a ";
        assertTrue(
                stage.lines().get(0).matches("tiny BERT 2 x 3, weights in BF16" + times + "prediction"),
                stage.toString());
        assertTrue(
                stage.lines().get(1).matches("tiny LLaMA 1 x 4, weights in Q4_0" + times + "generated token"),
                stage.toString());
    }

    @Test
    void steps_tooLittleMemory_areSkippedWithTheReason() throws IOException {
        FreeMemory memory = new FreeMemory();
        memory.set(1000);
        StepSpeed speed = new StepSpeed(memory::device, 1);
        String line = speed.run(shapes().get(1));
        assertTrue(
                line.startsWith("tiny LLaMA 1 x 4, weights in Q4_0: skipped: training takes 0.00 GiB for the model's"),
                line);
    }

    @Test
    void run_noDevice_saysSoInOneLinePerStage() {
        Driver none = new Driver() {
            @Override
            public int version() {
                return 12040;
            }

            @Override
            public String file() {
                return "/usr/lib64/libcuda.so.550";
            }

            @Override
            public String products() {
                return "cuBLASLt 12.9.1: /opt/libcublasLt.so.12";
            }

            @Override
            public int deviceCount() {
                throw new CudaFailure("cuInit of /usr/lib64/libcuda.so.550: CUDA_ERROR_NO_DEVICE");
            }

            @Override
            public Device open(int ordinal) {
                throw new CudaFailure("device 0: the driver has 0 devices, numbered from 0\nand more");
            }
        };
        GpuCheck check = new GpuCheck(() -> none);
        List<GpuCheck.Stage> stages = Stream.of("libraries", "device", "modules", "models")
                .map(check::stage)
                .toList();
        assertFalse(GpuCheck.print(stages, new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8)));
        assertEquals(
                List.of(
                        "driver for CUDA 12.4: /usr/lib64/libcuda.so.550",
                        "cuBLASLt 12.9.1: /opt/libcublasLt.so.12",
                        "cuInit of /usr/lib64/libcuda.so.550: CUDA_ERROR_NO_DEVICE"),
                stages.get(0).lines());
        assertFalse(stages.get(0).passed());
        for (GpuCheck.Stage stage : stages.subList(1, stages.size())) {
            assertFalse(stage.passed());
            assertEquals(List.of("device 0: the driver has 0 devices, numbered from 0"), stage.lines());
        }
    }
}
