package org.lsradapt.lsr.storage;

import java.nio.ByteBuffer;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random matrices in any format, those that are read only too. */
public final class StoredMatrices {

    private StoredMatrices() {}

    /** Numbers of size about 1, in native memory. */
    public static StoredMatrix random(Random random, WeightFormat format, int rows, int columns) {
        byte[] bytes = new byte[(int) (rows * format.bytes(columns))];
        if (format.canStore()) {
            float[] numbers = new float[rows * columns];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            format.store(numbers, 0, numbers.length, bytes, 0);
        } else {
            random.nextBytes(bytes);
            int scale = format == WeightFormat.Q6_K ? format.blockBytes() - 2 : 0;
            for (int at = 0; at < bytes.length; at += format.blockBytes()) {
                BlockCodec.putHalf(0.001f * (1 + random.nextFloat()), bytes, at + scale);
                if (format == WeightFormat.Q4_K || format == WeightFormat.Q5_K) {
                    BlockCodec.putHalf(0.001f * (1 + random.nextFloat()), bytes, at + 2);
                }
            }
        }
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length);
        memory.put(bytes).flip();
        return new StoredMatrix(format, rows, columns, memory);
    }

    /** The numbers that it holds, FLOAT [rows, columns]. */
    public static INDArray widened(StoredMatrix stored) {
        float[] numbers = new float[stored.rows() * stored.columns()];
        for (int row = 0; row < stored.rows(); row++) {
            stored.widen(row, 0, stored.columns(), numbers, row * stored.columns());
        }
        return Nd4j.create(numbers, new long[] {stored.rows(), stored.columns()}, 'c');
    }

    /** Rounds every number of a matrix. */
    public static void roundToBfloat16(INDArray matrix) {
        float[] numbers = matrix.castTo(DataType.FLOAT).dup('c').data().asFloat();
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = HalfFloat.fromBfloat16(HalfFloat.toBfloat16(numbers[i]));
        }
        matrix.assign(Nd4j.create(numbers, matrix.shape(), 'c').castTo(matrix.dataType()));
    }
}
