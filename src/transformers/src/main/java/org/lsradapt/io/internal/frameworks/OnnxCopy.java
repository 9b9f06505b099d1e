package org.lsradapt.io.internal.frameworks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Iterator;
import java.util.List;
import org.lsradapt.io.internal.ArrayBytes;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies a model from its first byte to its last, with other bytes in some spans. */
final class OnnxCopy {

    private static final int PART_BYTES = 1 << 20;

    private final OnnxFile model;
    private final FileChannel out;

    /** The number of the model's bytes that are written or replaced. */
    private int done;

    OnnxCopy(OnnxFile model, FileChannel out) {
        this.model = model;
        this.out = out;
    }

    /** Copies bytes up to the spans, in order and after earlier ones, and puts an array of their length there. */
    void replace(List<OnnxGraph.Span> spans, INDArray array) throws IOException {
        Iterator<OnnxGraph.Span> next = spans.iterator();
        ArrayBytes.write(array, new WritableByteChannel() {
            private int end = done;

            @Override
            public int write(ByteBuffer bytes) throws IOException {
                while (done == end) {
                    OnnxGraph.Span span = next.next();
                    copyTo(span.offset());
                    end = done + span.length();
                }
                ByteBuffer part = bytes.slice(bytes.position(), Math.min(bytes.remaining(), end - done));
                int written = out.write(part);
                bytes.position(bytes.position() + written);
                done += written;
                return written;
            }

            @Override
            public boolean isOpen() {
                return out.isOpen();
            }

            @Override
            public void close() {
                // The caller closes the file.
            }
        });
    }

    /** Copies bytes up to a span, which lies after all earlier ones, and replaces it by other bytes, of any number. */
    void replace(OnnxGraph.Span span, byte[] bytes) throws IOException {
        copyTo(span.offset());
        write(ByteBuffer.wrap(bytes));
        done = span.end();
    }

    /** Copies the remaining bytes. */
    void finish() throws IOException {
        copyTo(model.length());
    }

    private void copyTo(int end) throws IOException {
        ByteBuffer part = ByteBuffer.allocate(Math.min(end - done, PART_BYTES));
        while (done < end) {
            part.clear().limit(Math.min(part.capacity(), end - done));
            model.copy(done, part);
            done += part.position();
            write(part.flip());
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
