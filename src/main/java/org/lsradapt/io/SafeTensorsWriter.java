package org.lsradapt.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes safetensors files; the public face is {@link SafeTensors#write}. */
final class SafeTensorsWriter {

    /** The data begins at a multiple of this, as the format's own writer has it; spaces fill the header. */
    private static final int ALIGNMENT = 8;

    private SafeTensorsWriter() {}

    static void write(Path file, Map<String, INDArray> tensors, Map<String, String> metadata) throws IOException {
        tensors.forEach(SafeTensorsWriter::check);
        byte[] header = header(tensors, metadata);
        int padding = -header.length & ALIGNMENT - 1;
        ByteBuffer start = ByteBuffer.allocate(8 + header.length + padding).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(header.length + padding).put(header);
        while (start.hasRemaining()) {
            start.put((byte) ' ');
        }
        start.flip();
        AtomicFile.write(file, channel -> writeAll(channel, start, tensors));
    }

    private static void writeAll(FileChannel channel, ByteBuffer start, Map<String, INDArray> tensors)
            throws IOException {
        while (start.hasRemaining()) {
            channel.write(start);
        }
        for (INDArray array : tensors.values()) {
            ArrayBytes.write(array, channel);
        }
    }

    private static void check(String name, INDArray array) {
        if (name.equals(SafeTensorsHeader.METADATA)) {
            throw new IllegalArgumentException("safetensors: a tensor cannot be named " + name);
        }
        if (array.dataType() != DataType.FLOAT && array.dataType() != DataType.DOUBLE) {
            throw new IllegalArgumentException(
                    "safetensors: tensor '" + name + "' is " + array.dataType() + ", expected FLOAT or DOUBLE");
        }
    }

    private static byte[] header(Map<String, INDArray> tensors, Map<String, String> metadata) throws IOException {
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
            for (Map.Entry<String, INDArray> entry : tensors.entrySet()) {
                offset = describe(json, entry.getKey(), entry.getValue(), offset);
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static long describe(JsonGenerator json, String name, INDArray array, long begin) throws IOException {
        StoredType type = array.dataType() == DataType.DOUBLE ? StoredType.F64 : StoredType.F32;
        long[] shape = array.shape();
        long end = begin + ArrayBytes.elements(shape) * type.bytes();
        json.writeObjectFieldStart(name);
        json.writeStringField("dtype", type.name());
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {begin, end}, 0, 2);
        json.writeEndObject();
        return end;
    }
}
