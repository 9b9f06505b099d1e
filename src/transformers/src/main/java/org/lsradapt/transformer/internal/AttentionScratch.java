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
    final Floats distances = new Floats();
    final Floats scoreRow = new Floats();
    final Floats addedRow = new Floats();
    final Floats logSums = new Floats();
    final Floats means = new Floats();
    private final Floats filled = new Floats();

    private AttentionScratch() {}

    static AttentionScratch ofThread() {
        return OWN.get();
    }

    float[] filled(float value, int length) {
        float[] numbers = filled.atLeast(length);
        if (numbers[0] != value) {
            Arrays.fill(numbers, value);
        }
        return numbers;
    }

    /** An array for loops. */
    static final class Floats {
        private float[] array = new float[0];

        float[] atLeast(int length) {
            if (array.length < length) {
                array = new float[length];
            }
            return array;
        }
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
