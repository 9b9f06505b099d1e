package org.lsradapt.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.lsradapt.families.DualFamily;
import org.lsradapt.families.Families;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Models of published shapes, and a tiny one, with random weights, for times that do not depend on the numbers. */
final class RandomModel {

    /** Two towers, all of whose sizes are the family's defaults, those of ViT-B/32. */
    private static final Map<String, String> TOWERS =
            Map.of("clip-base", "{\"model_type\": \"clip\", \"text_config\": {}, \"vision_config\": {}}");

    private static final Map<String, String> CONFIGS = Map.of(
            "tiny",
            """
            {"model_type": "bert", "num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2,
             "intermediate_size": 64, "vocab_size": 200, "max_position_embeddings": 64, "type_vocab_size": 2,
             "layer_norm_eps": 1e-12}
            """,
            "roberta-base",
            """
            {"model_type": "roberta", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
             "intermediate_size": 3072, "vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1,
             "layer_norm_eps": 1e-5}
            """,
            "xlm-roberta-base",
            """
            {"model_type": "xlm-roberta", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
             "intermediate_size": 3072, "vocab_size": 250002, "max_position_embeddings": 514, "type_vocab_size": 1,
             "layer_norm_eps": 1e-5}
            """,
            "modernbert-base",
            """
            {"model_type": "modernbert", "num_hidden_layers": 22, "hidden_size": 768, "num_attention_heads": 12,
             "intermediate_size": 1152, "vocab_size": 50368, "max_position_embeddings": 8192, "norm_eps": 1e-5,
             "hidden_activation": "gelu", "local_attention": 128, "global_attn_every_n_layers": 3,
             "global_rope_theta": 160000.0, "local_rope_theta": 10000.0}
            """,
            "qwen3-0.6b",
            """
            {"model_type": "qwen3", "num_hidden_layers": 28, "hidden_size": 1024, "num_attention_heads": 16,
             "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072, "vocab_size": 151936,
             "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
             "tie_word_embeddings": true}
            """,
            "deberta-v3-base",
            """
            {"model_type": "deberta-v2", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
             "intermediate_size": 3072, "vocab_size": 128100, "max_position_embeddings": 512, "type_vocab_size": 0,
             "relative_attention": true, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": true,
             "pos_att_type": "p2c|c2p", "position_biased_input": false}
            """,
            "smollm-135m",
            """
            {"model_type": "llama", "num_hidden_layers": 30, "hidden_size": 576, "num_attention_heads": 9,
             "num_key_value_heads": 3, "intermediate_size": 1536, "vocab_size": 49152, "max_position_embeddings": 2048,
             "rope_theta": 100000.0, "tie_word_embeddings": true}
            """,
            "llama-7b",
            """
            {"model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
             "intermediate_size": 11008, "vocab_size": 32000, "max_position_embeddings": 2048}
            """,
            "vit-base",
            """
            {"model_type": "vit", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
             "intermediate_size": 3072}
            """);

    private RandomModel() {}

    /** Whether there is a shape of this name. */
    static boolean isKnown(String shape) {
        return CONFIGS.containsKey(shape);
    }

    /** Whether there is a shape of this name, of two towers. */
    static boolean hasTowers(String shape) {
        return TOWERS.containsKey(shape);
    }

    /**
     * Makes a model of two towers.
     *
     * @param shape one of those above
     * @param precision how weights are kept, but for the projections'
     * @return the towers, whose weights the caller closes
     */
    static DualTowers towers(String shape, BasePrecision precision) throws IOException {
        JsonFields fields = new JsonFields(shape, new ObjectMapper().readTree(TOWERS.get(shape)));
        DualFamily family = Families.dual(fields);
        DualFamily.Tower texts = family.texts(fields);
        DualFamily.Tower images = family.images(fields);
        return new DualTowers(
                weights(texts.model(), precision),
                texts.projection().map(RandomModel::projection),
                weights(images.model(), precision),
                images.projection().map(RandomModel::projection));
    }

    private static FrozenLinear projection(Linear shape) {
        return FrozenLinear.of(
                shape.name(),
                Nd4j.rand(DataType.FLOAT, shape.in(), shape.out()).subi(0.5).muli(0.06));
    }

    private static TransformerWeights weights(Transformer model, BasePrecision precision) throws IOException {
        return new TransformerWeights(model, new RandomWeights(model), DataType.FLOAT, precision);
    }

    /**
     * Makes a model.
     *
     * @param shape one of those above
     * @param layers how many, in place of the shape's own; 0 for those
     * @param precision how weights are kept
     */
    static TransformerWeights of(String shape, int layers, BasePrecision precision) throws IOException {
        ObjectNode config = (ObjectNode) new ObjectMapper().readTree(CONFIGS.get(shape));
        if (layers > 0) {
            config.put("num_hidden_layers", layers);
        }
        JsonFields fields = new JsonFields(shape, config);
        return weights(Families.of(fields).describe(fields), precision);
    }

    /** Weights whose products keep the size of activations. */
    private record RandomWeights(Transformer model) implements WeightSource {
        @Override
        public boolean has(String name) {
            return model.tensors().containsKey(name);
        }

        @Override
        public INDArray read(String name) {
            long[] shape = model.tensors().get(name).sizes();
            return shape.length == 1
                    ? Nd4j.valueArrayOf(shape, name.endsWith("bias") ? 0.01 : 1, DataType.FLOAT)
                    : Nd4j.rand(DataType.FLOAT, shape).subi(0.5).muli(0.06);
        }
    }
}
