package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;

/** Writes the fields of a message of Protocol Buffers. */
@FunctionalInterface
interface ProtoMessage {

    void writeTo(CodedOutputStream out) throws IOException;

    default ByteString bytes() throws IOException {
        ByteString.Output bytes = ByteString.newOutput();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writeTo(out);
        out.flush();
        return bytes.toByteString();
    }

    static void write(CodedOutputStream out, int field, ProtoMessage message) throws IOException {
        out.writeBytes(field, message.bytes());
    }
}
