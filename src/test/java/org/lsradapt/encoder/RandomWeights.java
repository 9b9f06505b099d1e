package org.lsradapt.encoder;

import java.util.Random;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Random weights for a small encoder; a name always gives the same numbers. */
public record RandomWeights(EncoderConfig config, boolean pooler) implements WeightSource {

    public static EncoderConfig small(EncoderConfig.Family family) {
        boolean roberta = family == EncoderConfig.Family.ROBERTA;
        return new EncoderConfig(family, 3, 12, 3, 20, 31, 16, roberta ? 1 : 2, 1e-5, roberta ? 1 : 0);
    }

    @Override
    public boolean has(String name) {
        return pooler || !name.startsWith("pooler");
    }

    @Override
    public INDArray read(String name) {
        Random random = new Random(name.hashCode());
        INDArray array = RandomArrays.normal(random, DataType.FLOAT, shape(name));
        return name.contains("LayerNorm.weight") ? array.muli(0.2).addi(1) : array.muli(0.4);
    }

    private long[] shape(String name) {
        int h = config.hidden();
        int f = config.intermediate();
        if (name.contains("embeddings.word")) {
            return new long[] {config.vocabulary(), h};
        } else if (name.contains("embeddings.position")) {
            return new long[] {config.positions(), h};
        } else if (name.contains("embeddings.token_type")) {
            return new long[] {config.tokenTypes(), h};
        } else if (name.contains("intermediate")) {
            return name.endsWith("bias") ? new long[] {f} : new long[] {h, f};
        } else if (name.endsWith("bias") || name.contains("LayerNorm")) {
            return new long[] {h};
        }
        return name.matches("encoder.layer.\\d+.output.dense.weight") ? new long[] {f, h} : new long[] {h, h};
    }
}
