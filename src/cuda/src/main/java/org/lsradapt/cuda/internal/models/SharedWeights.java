package org.lsradapt.cuda.internal.models;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random weights of a model of any size; all layers share one memory, and so do all tables. */
final class SharedWeights extends MadeWeights {
    private static final int PATTERN = 1 << 16;

    private final WeightFormat format;
    private final ByteBuffer layers;
    private final ByteBuffer tables;

    /** Allocates the memory. Layers are in {@code format}, tables with a row per token in BF16. */
    SharedWeights(Transformer model, WeightFormat format) {
        super(model);
        this.format = format;
        layers = memory(format);
        tables = memory(WeightFormat.BF16);
    }

    /** Memory for the largest matrix, filled with a repeated pattern of random numbers. */
    private ByteBuffer memory(WeightFormat stored) {
        long numbers = model.tensors().values().stream()
                .filter(tensor -> isLayer(tensor.name()) || (stored == WeightFormat.BF16 && isTable(tensor.name())))
                .mapToLong(MadeWeights::count)
                .max()
                .orElse(PATTERN);
        float[] pattern = new float[PATTERN];
        Random random = SplitMix64.random(1);
        for (int i = 0; i < PATTERN; i++) {
            pattern[i] = (float) (0.02 * random.nextGaussian());
        }
        byte[] bytes = new byte[(int) stored.bytes(PATTERN)];
        stored.store(pattern, 0, PATTERN, bytes, 0);
        ByteBuffer memory = ByteBuffer.allocateDirect(Math.toIntExact(stored.bytes(numbers)));
        while (memory.hasRemaining()) {
            memory.put(bytes, 0, Math.min(bytes.length, memory.remaining()));
        }
        return memory.flip();
    }

    @Override
    public Optional<StoredMatrix> stored(String name) {
        Tensor tensor = tensor(name);
        boolean table = isTable(name);
        if (!table && !isLayer(name)) {
            return Optional.empty();
        }
        WeightFormat as = table ? WeightFormat.BF16 : format;
        // A layer [in, out] is stored transposed.
        int rows = (int) tensor.sizes()[table ? 0 : 1];
        int columns = (int) tensor.sizes()[table ? 1 : 0];
        ByteBuffer memory = (table ? tables : layers).slice(0, (int) as.bytes((long) rows * columns));
        return Optional.of(new StoredMatrix(as, rows, columns, memory));
    }

    /** Reads norms (1), biases, scales and small tables (0). */
    @Override
    public INDArray read(String name) {
        INDArray array = Nd4j.zeros(DataType.FLOAT, tensor(name).sizes());
        return isNorm(name) ? array.addi(1) : array;
    }
}
