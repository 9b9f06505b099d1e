package org.lsradapt.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.StoredType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes safetensors files; the public entry point is {@link SafeTensors#write}. */
final class SafeTensorsWriter {

    /** The data begins at a multiple of this number, as with the format's own writer; spaces pad the header. */
    private static final int ALIGNMENT = 8;

    private SafeTensorsWriter() {}

    /** Writes some tensors of a source, in the given order. */
    static void write(Path file, TensorSource tensors, Collection<String> names, Map<String, String> metadata)
            throws IOException {
        check(tensors, names);
        AtomicFile.write(file, channel -> write(channel, tensors, names, metadata));
    }

    /** Writes to a channel, which stays open. */
    static void write(
            WritableByteChannel out, TensorSource tensors, Collection<String> names, Map<String, String> metadata)
            throws IOException {
        check(tensors, names);
        byte[] header = header(tensors, names, metadata);
        int padding = -header.length & ALIGNMENT - 1;
        ByteBuffer start = ByteBuffer.allocate(8 + header.length + padding).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(header.length + padding).put(header);
        while (start.hasRemaining()) {
            start.put((byte) ' ');
        }
        start.flip();
        while (start.hasRemaining()) {
            out.write(start);
        }
        for (String name : names) {
            INDArray array = tensors.read(name);
            try {
                if (array.dataType() != tensors.dataType(name) || !Arrays.equals(array.shape(), tensors.shape(name))) {
                    throw new IllegalStateException(tensors.location() + ": tensor '" + name + "' was announced as "
                            + tensors.dataType(name) + " " + Arrays.toString(tensors.shape(name)) + " and came as "
                            + array.dataType() + " " + Arrays.toString(array.shape()));
                }
                ArrayBytes.write(array, out);
            } finally {
                array.close();
            }
        }
    }

    static long bytes(TensorSource tensors, String name) {
        return ArrayBytes.elements(tensors.shape(name))
                * StoredType.of(tensors.dataType(name)).bytes();
    }

    private static void check(TensorSource tensors, Collection<String> names) {
        for (String name : names) {
            check(name, tensors.dataType(name));
        }
    }

    static void check(String name, DataType type) {
        if (name.equals(SafeTensorsHeader.METADATA)) {
            throw new IllegalArgumentException("safetensors: a tensor cannot be named " + name);
        }
        if (StoredType.of(type) == null) {
            throw new IllegalArgumentException(
                    "safetensors: tensor '" + name + "' is " + type + ", which the format does not have");
        }
    }

    private static byte[] header(TensorSource tensors, Collection<String> names, Map<String, String> metadata)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(SafeTensorsHeader.METADATA);
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long offset = 0;
            for (String name : names) {
                long end = offset + bytes(tensors, name);
                json.writeObjectFieldStart(name);
                json.writeStringField(
                        "dtype", StoredType.of(tensors.dataType(name)).name());
                long[] shape = tensors.shape(name);
                json.writeFieldName("shape");
                json.writeArray(shape, 0, shape.length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {offset, end}, 0, 2);
                json.writeEndObject();
                offset = end;
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }
}
