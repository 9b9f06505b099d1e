package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Blas;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The memory that one thread needs for attention. Each array grows to the largest requested length. */
final class AttentionScratch {
    private static final ThreadLocal<AttentionScratch> OWN = ThreadLocal.withInitial(AttentionScratch::new);

    final ColumnSoftmax softmax = new ColumnSoftmax();
    final RunningSoftmax running = new RunningSoftmax();
    final RoundedProducts products = new RoundedProducts();
    final Native probabilities = new Native();
    final Native gradient = new Native();
    final Native capped = new Native();
    final Native contentToPosition = new Native();
    final Native positionToContent = new Native();
    private float[] distances = new float[0];
    private float[] scoreRow = new float[0];
    private float[] addedRow = new float[0];
    private float[] filled = new float[0];
    private float[] logSums = new float[0];
    private float[] means = new float[0];

    private AttentionScratch() {}

    static AttentionScratch ofThread() {
        return OWN.get();
    }

    float[] distances(int length) {
        distances = grown(distances, length);
        return distances;
    }

    float[] scoreRow(int length) {
        scoreRow = grown(scoreRow, length);
        return scoreRow;
    }

    float[] addedRow(int length) {
        addedRow = grown(addedRow, length);
        return addedRow;
    }

    float[] logSums(int length) {
        logSums = grown(logSums, length);
        return logSums;
    }

    float[] means(int length) {
        means = grown(means, length);
        return means;
    }

    float[] filled(float value, int length) {
        filled = grown(filled, length);
        if (filled[0] != value) {
            Arrays.fill(filled, value);
        }
        return filled;
    }

    private static float[] grown(float[] array, int length) {
        return array.length < length ? new float[length] : array;
    }

    /** Native memory for BLAS and for loops. */
    static final class Native {
        private FloatPointer memory = new FloatPointer(0L);
        private FloatBuffer buffer;

        private Native() {}

        /** The memory of an array, which is not reserved. */
        static Native of(INDArray array) {
            Native of = new Native();
            of.memory = Blas.floats(array);
            of.buffer = Blas.buffer(array);
            return of;
        }

        Native reserve(int length) {
            if (memory.isNull() || memory.capacity() < length) {
                memory.close();
                memory = AlignedMemory.floats(length);
                buffer = memory.asBuffer();
            }
            return this;
        }

        FloatPointer memory() {
            return memory;
        }

        FloatBuffer buffer() {
            return buffer;
        }
    }
}
