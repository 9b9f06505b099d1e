package org.lsradapt.io.internal.frameworks;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The bytes of a serialized model. They stay where they are and are copied on request, except those that can only be read in order,
 * which are kept in native memory. Models that share them close them with the last {@link #release}.
 */
final class OnnxFile {
    private final String location;
    private final int length;
    private final ArrayBytes.Region bytes;
    private final Closeable holder;
    private final AtomicInteger users = new AtomicInteger(1);

    private OnnxFile(String location, long length, ArrayBytes.Region bytes, Closeable holder) throws IOException {
        if (length > Integer.MAX_VALUE) {
            throw new IOException(location + ": " + length + " bytes long, an ONNX model ends at 2 GiB");
        }
        this.location = location;
        this.length = (int) length;
        this.bytes = bytes;
        this.holder = holder;
    }

    static OnnxFile of(Path file) throws IOException {
        BoundedFile.requireFile(file);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            FileChannel channel = opened.add(FileChannel.open(file, StandardOpenOption.READ));
            return opened.release(new OnnxFile(file.toString(), channel.size(), ArrayBytes.of(channel, 0), channel));
        } catch (ClosedByInterruptException e) {
            throw new IOException(file + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    /** Opens a file of the class path; one without compression in a jar stays there. */
    static OnnxFile of(String location, URL resource) throws IOException {
        URLConnection connection = resource.openConnection();
        // A cached jar would be that of other users too.
        connection.setUseCaches(false);
        if (connection instanceof JarURLConnection inside
                && inside.getJarEntry().getMethod() == ZipEntry.STORED) {
            JarFile jar = inside.getJarFile();
            ZipEntry entry = inside.getJarEntry();
            return new OnnxFile(
                    location,
                    entry.getSize(),
                    (offset, into) -> {
                        try (InputStream in = jar.getInputStream(entry)) {
                            ArrayBytes.of(in).copy(offset, into);
                        }
                    },
                    jar);
        }
        try (InputStream in = connection.getInputStream()) {
            if (connection.getContentLength() < 0) {
                throw new IOException(location + ": " + resource + " does not tell how long it is");
            }
            return of(location, connection.getContentLength(), in);
        }
    }

    /** Copies a stream, which has to have that length, into native memory. */
    static OnnxFile of(String location, int length, InputStream in) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            INDArray array = opened.add(ArrayBytes.allocate(length));
            ByteBuffer model = Blas.bytes(array, 0, length).limit(length);
            fill(model, location, in);
            return opened.release(new OnnxFile(location, length, ArrayBytes.sliced(model, 0), array::close));
        }
    }

    private static void fill(ByteBuffer model, String location, InputStream in) throws IOException {
        ReadableByteChannel channel = Channels.newChannel(in);
        try {
            while (model.hasRemaining()) {
                if (channel.read(model) < 0) {
                    throw new EOFException(
                            location + ": ended after " + model.position() + " of " + model.limit() + " bytes");
                }
            }
        } catch (ClosedByInterruptException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
        if (in.read() >= 0) {
            throw new IOException(location + ": is longer than " + model.limit() + " bytes");
        }
    }

    String location() {
        return location;
    }

    int length() {
        return length;
    }

    /** Fills a buffer with the bytes from an offset on. */
    void copy(long offset, ByteBuffer into) throws IOException {
        try {
            bytes.copy(offset, into);
        } catch (IOException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    /** Returns the bytes from the first to the last. Those that are skipped are not read. */
    InputStream stream() {
        return new InputStream() {
            private int position;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] into, int from, int count) throws IOException {
                int now = Math.min(count, length - position);
                copy(position, ByteBuffer.wrap(into, from, now));
                position += now;
                return now == 0 && count > 0 ? -1 : now;
            }

            @Override
            public long skip(long count) {
                int now = (int) Math.max(0, Math.min(count, length - position));
                position += now;
                return now;
            }
        };
    }

    OnnxFile shared() {
        users.incrementAndGet();
        return this;
    }

    void release() throws IOException {
        if (users.decrementAndGet() == 0) {
            holder.close();
        }
    }
}
