package org.lsradapt.training;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Checksum;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A checkpoint in a safetensors file: JSON first, arrays of numbers, and the CRC-32C of all before it. */
final class CheckpointFile implements AutoCloseable {
    /** The kind of file, with the version of its format and of what determines how a training resumes. */
    private static final Map<String, String> FORMAT = Map.of("format", "lsr-adapt checkpoint 3");

    private static final String STATE = "state";
    private static final String CHECKSUM = "checksum";
    private static final int ALIGNMENT = 8;
    private static final int BUFFER = 1 << 16;

    private final SafeTensors tensors;

    private CheckpointFile(SafeTensors tensors) {
        this.tensors = tensors;
    }

    /** Writes a file; the arrays are {@code double[]} and {@code int[]} by name. */
    static void write(CheckpointStore store, String name, Record state, Map<String, ?> arrays) throws IOException {
        byte[] json = JsonFile.bytesOf(state);
        byte[] padded = Arrays.copyOf(json, json.length + (-json.length & (ALIGNMENT - 1)));
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(STATE, padded);
        all.putAll(arrays);
        all.put(CHECKSUM, new int[1]);
        store.write(name, file -> {
            CheckedOutputStream out = new CheckedOutputStream(file, new CRC32C());
            SafeTensors.write(out, new SavedArrays(all, out.getChecksum()), FORMAT);
        });
    }

    /** Arrays as tensors, and the checksum at the moment when it is read. */
    private record SavedArrays(Map<String, Object> arrays, Checksum checksum) implements TensorSource {
        @Override
        public String location() {
            return "checkpoint";
        }

        @Override
        public Set<String> names() {
            return arrays.keySet();
        }

        @Override
        public long[] shape(String name) {
            return CheckpointFile.shape(arrays.get(name));
        }

        @Override
        public DataType dataType(String name) {
            return type(arrays.get(name));
        }

        @Override
        public INDArray read(String name) {
            return tensor(name.equals(CHECKSUM) ? new int[] {(int) checksum.getValue()} : arrays.get(name))
                    .detach();
        }

        @Override
        public void close() {
            // Arrays need not be closed.
        }
    }

    private static INDArray tensor(Object array) {
        if (array instanceof double[] numbers) {
            return Nd4j.createFromArray(numbers);
        }
        return array instanceof int[] integers ? Nd4j.createFromArray(integers) : Nd4j.createFromArray((byte[]) array);
    }

    private static long[] shape(Object array) {
        return new long[] {Array.getLength(array)};
    }

    private static DataType type(Object array) {
        return array instanceof double[] ? DataType.DOUBLE : array instanceof int[] ? DataType.INT32 : DataType.INT8;
    }

    /** Thrown if a file differs from what was written. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        private DamagedException(String file) {
            super(file + ": not a checkpoint, or a damaged one: its checksum is wrong");
        }
    }

    /** Opens a file, or throws a {@link DamagedException} if it is not an undamaged checkpoint. */
    static CheckpointFile open(CheckpointStore store, String name) throws IOException {
        requireChecksum(store, name);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            InputStream stream = opened.add(new BufferedInputStream(store.open(name), BUFFER));
            SafeTensors tensors = SafeTensors.of(store.location(name), stream, store.size(name));
            if (!tensors.metadata().equals(FORMAT)) {
                throw new IOException(tensors.location()
                        + ": a checkpoint of another version of the library, expected this one's; start the training"
                        + " again in another folder");
            }
            return opened.release(new CheckpointFile(tensors));
        }
    }

    private static void requireChecksum(CheckpointStore store, String name) throws IOException {
        long size = store.size(name);
        if (size < Long.BYTES + Integer.BYTES) {
            throw new DamagedException(store.location(name));
        }
        InputStream file = new BufferedInputStream(store.open(name), BUFFER);
        try (CheckedInputStream content = new CheckedInputStream(file, new CRC32C())) {
            content.skipNBytes(size - Integer.BYTES);
            int expected = (int) content.getChecksum().getValue();
            byte[] stored = content.readNBytes(Integer.BYTES);
            if (ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).getInt() != expected) {
                throw new DamagedException(store.location(name));
            }
        } catch (EOFException | BufferUnderflowException e) {
            throw new DamagedException(store.location(name));
        }
    }

    String location() {
        return tensors.location();
    }

    void require(boolean condition, String message, Object... arguments) throws IOException {
        if (!condition) {
            throw new IOException(location() + ": " + String.format(Locale.ROOT, message, arguments));
        }
    }

    void requireWithin(String name, int number, int least, int most) throws IOException {
        require(number >= least && number <= most, "%s is %d, expected %d to %d", name, number, least, most);
    }

    double finite(double number) throws IOException {
        require(Double.isFinite(number), "has %s, expected a finite number", number);
        return number;
    }

    /** Reads the JSON; to be called before {@link #fill}. */
    <T extends Record> T state(Class<T> type) throws IOException {
        require(tensors.has(STATE) && tensors.dataType(STATE) == DataType.INT8, "has no tensor '%s' of bytes", STATE);
        try (INDArray bytes = tensors.read(STATE)) {
            ByteArrayOutputStream json = new ByteArrayOutputStream();
            ArrayBytes.write(bytes, Channels.newChannel(json));
            return JsonFile.record(location(), json.toByteArray(), type);
        }
    }

    /** Reads the arrays into those that the caller supplies and the file has to match; numbers are finite. */
    void fill(Map<String, ?> arrays) throws IOException {
        int count = tensors.names().size();
        require(count == arrays.size() + 2, "has %d tensors, expected %d", count, arrays.size() + 2);
        for (Map.Entry<String, ?> entry : arrays.entrySet()) {
            String name = entry.getKey();
            Object into = entry.getValue();
            require(
                    tensors.has(name)
                            && tensors.dataType(name) == type(into)
                            && Arrays.equals(tensors.shape(name), shape(into)),
                    "has no tensor '%s' of %d numbers, expected the arrays of this training",
                    name,
                    shape(into)[0]);
            try (INDArray array = tensors.readFinite(name)) {
                Object values = into instanceof double[] ? array.toDoubleVector() : array.toIntVector();
                System.arraycopy(values, 0, into, 0, (int) array.length());
            }
        }
    }

    @Override
    public void close() throws IOException {
        tensors.close();
    }
}
