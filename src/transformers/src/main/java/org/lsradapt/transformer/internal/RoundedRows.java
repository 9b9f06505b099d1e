package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.OneDnn;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The rows of a BFLOAT16 matrix, rounded from FLOAT while a chunk of them is still in the cache. */
final class RoundedRows implements CpuKernels.Output {
    private static final ThreadLocal<Chunk> CHUNK = ThreadLocal.withInitial(Chunk::new);

    private final int width;
    private final ShortPointer memory;

    /** One thread's rows before rounding. */
    private static final class Chunk {
        private FloatPointer memory = new FloatPointer(0);
        private FloatBuffer buffer = FloatBuffer.allocate(0);
    }

    RoundedRows(INDArray matrix) {
        width = (int) matrix.size(1);
        memory = Blas.brains(matrix);
    }

    @Override
    public void write(int row, int first, float[] from) {
        Chunk chunk = CHUNK.get();
        if (row == first && chunk.buffer.capacity() < CpuKernels.chunkLength(width)) {
            chunk.memory.close();
            chunk.memory = AlignedMemory.floats(CpuKernels.chunkLength(width));
            chunk.buffer = chunk.memory.asBuffer();
        }
        chunk.buffer.put((row - first) * width, from, 0, width);
    }

    @Override
    public void end(int first, int count) {
        OneDnn.toBfloat16(count, width, CHUNK.get().memory, width, memory.getPointer((long) first * width));
    }
}
