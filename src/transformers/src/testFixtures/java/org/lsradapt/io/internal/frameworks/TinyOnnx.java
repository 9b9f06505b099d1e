package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the few messages of an ONNX model that the reader knows, field by field. */
public final class TinyOnnx {

    /** Writes the fields of a message. */
    @FunctionalInterface
    public interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private TinyOnnx() {}

    public static byte[] message(Fields... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            for (Fields part : parts) {
                part.writeTo(out);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A field that holds a message, or any other length-delimited value. */
    public static Fields field(int number, byte[] value) {
        return out -> out.writeBytes(number, ByteString.copyFrom(value));
    }

    public static Fields string(int number, String value) {
        return out -> out.writeString(number, value);
    }

    public static Fields integer(int number, long value) {
        return out -> out.writeInt64(number, value);
    }

    /** A model whose graph has these fields, with fields around it that a reader must skip. */
    public static byte[] model(Fields... graph) {
        return message(integer(1, 8), string(2, "test"), field(7, message(graph)));
    }

    public static Fields initializer(Fields... tensor) {
        return field(5, message(tensor));
    }

    public static Fields name(String name) {
        return string(8, name);
    }

    public static Fields type(int type) {
        return integer(2, type);
    }

    public static Fields shape(long... shape) {
        return out -> {
            for (long size : shape) {
                out.writeInt64(1, size);
            }
        };
    }

    public static Fields raw(float... values) {
        return field(9, floats(values));
    }

    public static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
