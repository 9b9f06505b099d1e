package org.lsradapt.cuda.internal.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.cuda.interpreter.Traffic;

/** Whether the warps of a step's kernels read and write neighbouring numbers; the report is in target/traffic.txt. */
class StepTrafficTest {
    private static final double MOST = 1.3;

    /**
     * A warp sums for one number of a factor, which has every few numbers of A's or B's gradient. The warps beside it have the
     * others; a gradient has some kilobytes.
     */
    private static final Set<String> SCATTERED = Set.of("kronecker_gradient_f32");

    private static final String BERT = """
            {"name": "bert", "sequences": 2, "length": 20, "stored": "F32", "model_type": "bert", "num_hidden_layers": 1,
             "hidden_size": 128, "num_attention_heads": 2, "intermediate_size": 256, "vocab_size": 64,
             "max_position_embeddings": 32, "layer_norm_eps": 1e-12, "type_vocab_size": 2, "pad_token_id": 0}""";

    private static final String LLAMA = """
            {"name": "llama", "sequences": 1, "length": 16, "stored": "F32", "model_type": "llama", "num_hidden_layers": 1,
             "hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 128,
             "intermediate_size": 256, "vocab_size": 64, "max_position_embeddings": 32, "rope_theta": 10000.0,
             "rms_norm_eps": 1e-06}""";

    private static final String DEBERTA = """
            {"name": "deberta", "sequences": 1, "length": 16, "stored": "Q8_0", "model_type": "deberta-v2",
             "num_hidden_layers": 1, "hidden_size": 128, "num_attention_heads": 2, "intermediate_size": 256,
             "vocab_size": 64, "max_position_embeddings": 32, "layer_norm_eps": 1e-07, "share_att_key": true,
             "pos_att_type": "p2c|c2p", "relative_attention": true, "position_buckets": 8,
             "norm_rel_ebd": "layer_norm", "position_biased_input": false}""";

    @Test
    void step_eachPrecision_touchesFewMoreSectorsThanItNeeds() throws IOException {
        Traffic traffic = new Traffic();
        for (Precision precision : Precision.values()) {
            for (String configuration : new String[] {BERT, LLAMA}) {
                take(traffic, precision, configuration);
            }
        }
        take(traffic, Precision.FLOAT, DEBERTA);
        Files.write(Path.of("src/cuda/target/traffic.txt"), traffic.lines());
        Map<String, Double> scattered = new TreeMap<>(traffic.ratios());
        scattered.values().removeIf(ratio -> ratio <= MOST);
        assertEquals(SCATTERED, scattered.keySet(), String.join("\n", traffic.lines()));
    }

    private static void take(Traffic traffic, Precision precision, String configuration) throws IOException {
        InterpretedDriver driver = InterpretedDriver.counting(traffic);
        SpeedSteps.take(driver.open(0), precision, SpeedSteps.shape(configuration), 0.1, () -> {});
    }
}
