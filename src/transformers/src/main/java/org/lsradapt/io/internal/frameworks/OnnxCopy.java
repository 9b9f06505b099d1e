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

    private final ByteBuffer model;
    private final FileChannel out;

    /** How many of the model's bytes are written or replaced. */
    private int done;

    OnnxCopy(ByteBuffer model, FileChannel out) {
        this.model = model;
        this.out = out;
    }

    /**
     * Copies up to the spans and puts an array in their place.
     *
     * @param spans behind all earlier ones, in their order; together as long as the array's numbers
     * @param array not modified
     */
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
                // The file is the caller's.
            }
        });
    }

    /**
     * Copies up to a span and puts other bytes in its place, be they more or fewer.
     *
     * @param span behind all earlier ones
     */
    void replace(OnnxGraph.Span span, byte[] bytes) throws IOException {
        copyTo(span.offset());
        write(ByteBuffer.wrap(bytes));
        done = span.end();
    }

    /** Copies what is left. */
    void finish() throws IOException {
        copyTo(model.limit());
    }

    private void copyTo(int end) throws IOException {
        write(model.slice(done, end - done));
        done = end;
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
