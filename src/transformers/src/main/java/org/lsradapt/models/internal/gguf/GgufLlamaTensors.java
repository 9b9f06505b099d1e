package org.lsradapt.models.internal.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tensors of a GGUF file of architecture {@code llama} in Hugging Face's order. llama.cpp rotates neighbours where
 * transformers rotates the halves of a head, so its converter moves the rows of queries and keys: of a head of d rows,
 * row p·d/2 + j goes to row 2·j + p. They are moved back here, whole rows at a time; a block of a quantized format lies
 * within one.
 */
public final class GgufLlamaTensors implements TensorSource {
    private final Gguf file;
    private final int heads;
    private final int keyValueHeads;

    public GgufLlamaTensors(Gguf file, int heads, int keyValueHeads) {
        this.file = file;
        this.heads = heads;
        this.keyValueHeads = keyValueHeads;
    }

    @Override
    public String location() {
        return file.location();
    }

    @Override
    public Set<String> names() {
        return file.names();
    }

    @Override
    public long[] shape(String name) {
        return file.shape(name);
    }

    @Override
    public DataType dataType(String name) {
        return file.dataType(name);
    }

    /** How many heads the rows of a tensor are divided into, 0 for rows that are where they should be. */
    private int moved(String name) {
        return name.contains(".attn_q.") ? heads : name.contains(".attn_k.") ? keyValueHeads : 0;
    }

    /** Where the file has each row. */
    private static int[] origins(int rows, int heads) {
        int half = rows / heads / 2;
        int[] origins = new int[rows];
        for (int row = 0; row < rows; row++) {
            int head = row / (2 * half);
            int within = row % (2 * half);
            origins[row] = head * 2 * half + within % half * 2 + within / half;
        }
        return origins;
    }

    @Override
    public INDArray read(String name) throws IOException {
        INDArray array = file.read(name);
        int moved = moved(name);
        if (moved == 0) {
            return array;
        }
        int[] origins = origins((int) array.size(0), moved);
        INDArray ordered;
        if (array.rank() == 2) {
            ordered = Nd4j.pullRows(array, 1, origins, 'c');
        } else {
            ordered = array.dup('c');
            for (int row = 0; row < origins.length; row++) {
                ordered.putScalar(row, array.getFloat(origins[row]));
            }
        }
        array.close();
        return ordered;
    }

    /** As the file's; rows of queries and keys are a copy. */
    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        Optional<StoredMatrix> stored = file.stored(name);
        int moved = moved(name);
        return moved == 0 ? stored : stored.map(matrix -> ordered(matrix, moved));
    }

    private static StoredMatrix ordered(StoredMatrix matrix, int moved) {
        int[] origins = origins(matrix.rows(), moved);
        ByteBuffer from = matrix.memory();
        ByteBuffer to = ByteBuffer.allocateDirect(from.remaining());
        for (int row = 0; row < origins.length; row++) {
            to.put(row * matrix.rowBytes(), from, origins[row] * matrix.rowBytes(), matrix.rowBytes());
        }
        return new StoredMatrix(matrix.format(), matrix.rows(), matrix.columns(), to);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
