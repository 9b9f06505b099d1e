package org.lsradapt.models.internal.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tensors of a GGUF file in Hugging Face's form. Where llama.cpp rotates neighbours and transformers rotates the
 * halves of a head, llama.cpp's converter moves the rows of queries and keys: in a head of d rows, row p·d/2 + j goes
 * to row 2·j + p. This class moves whole rows back; a block of a quantized format lies within a row. Norms that
 * multiply by 1 + w are stored as 1 + w.
 */
public final class GgufTensors implements TensorSource {
    private final Gguf file;
    private final Form form;

    public record Form(GgufArchitecture architecture, int heads, int keyValueHeads) {

        public static Form of(GgufArchitecture architecture, Transformer model) {
            Attention attention = model.blocks().get(0).attention();
            return new Form(architecture, attention.heads(), attention.keyValueHeads());
        }

        /** Returns the number of heads that divide the rows of a tensor; 0 for rows in the right order. */
        private int moved(String name) {
            if (!architecture.turnsNeighbours()) {
                return 0;
            }
            return name.contains(".attn_q.") ? heads : name.contains(".attn_k.") ? keyValueHeads : 0;
        }

        private boolean isShifted(String name) {
            return architecture.normsFromZero() && name.endsWith("norm.weight");
        }

        /** Returns the file's row for each row of the model. */
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

        /** Converts a tensor of the file to the model's form; it may be modified, and is closed unless returned. */
        INDArray toModel(String name, INDArray array) {
            if (isShifted(name)) {
                return array.subi(1);
            }
            int moved = moved(name);
            return moved == 0 ? array : picked(array, origins((int) array.size(0), moved));
        }

        /** Converts a tensor to the file's form; it may be modified, and is closed unless it is returned. */
        public INDArray toFile(String name, INDArray array) {
            if (isShifted(name)) {
                return array.addi(1);
            }
            int moved = moved(name);
            if (moved == 0) {
                return array;
            }
            int[] origins = origins((int) array.size(0), moved);
            int[] targets = new int[origins.length];
            for (int row = 0; row < origins.length; row++) {
                targets[origins[row]] = row;
            }
            return picked(array, targets);
        }

        private static INDArray picked(INDArray array, int[] rows) {
            try (array) {
                if (array.rank() == 2) {
                    return Nd4j.pullRows(array, 1, rows, 'c');
                }
                INDArray ordered = array.dup('c');
                for (int row = 0; row < rows.length; row++) {
                    ordered.putScalar(row, array.getFloat(rows[row]));
                }
                return ordered;
            }
        }
    }

    public GgufTensors(Gguf file, Form form) {
        this.file = file;
        this.form = form;
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

    @Override
    public INDArray read(String name) throws IOException {
        return form.toModel(name, file.read(name));
    }

    /** Returns the file's matrix; for queries and keys with moved rows, a copy. */
    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        Optional<StoredMatrix> stored = file.stored(name);
        int moved = form.moved(name);
        return moved == 0 ? stored : stored.map(matrix -> ordered(matrix, moved));
    }

    private static StoredMatrix ordered(StoredMatrix matrix, int moved) {
        int[] origins = Form.origins(matrix.rows(), moved);
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
