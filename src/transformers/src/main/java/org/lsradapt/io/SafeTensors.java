package org.lsradapt.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A safetensors file: an eight-byte length, a JSON header of at most 100 MB, and the tensors one after another
 * without hole or overlap (the format as described at https://github.com/huggingface/safetensors#format).
 *
 * <p>{@link #open} reads and checks the header; each tensor is read on request, so a file may be larger than 2 GiB and
 * larger than the memory. F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 and BOOL can be read and written; a
 * file that holds F8_E5M2, F8_E4M3, F8_E8M0 or C64 can be opened to read its other tensors.
 */
public final class SafeTensors implements TensorSource {

    private static final int LENGTH_BYTES = 8;
    private static final int MAX_HEADER_BYTES = 100_000_000;

    private final String location;
    private final Channel source;
    private final ArrayBytes.Region bytes;
    private final long dataStart;
    private final SafeTensorsHeader header;

    private SafeTensors(
            String location, Channel source, ArrayBytes.Region bytes, long dataStart, SafeTensorsHeader header) {
        this.location = location;
        this.source = source;
        this.bytes = bytes;
        this.dataStart = dataStart;
        this.header = header;
    }

    /**
     * Opens a file and checks its structure; no tensor is read.
     *
     * @param file a safetensors file
     * @throws IOException if there is no such file, it cannot be read, or it breaks a rule of the format; the
     *     message names the file, and the tensor and its offsets where one is to blame
     */
    public static SafeTensors open(Path file) throws IOException {
        String location = file.toString();
        BoundedFile.requireFile(file);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            return opened.release(of(location, opened.add(FileChannel.open(file, StandardOpenOption.READ))));
        }
    }

    /**
     * Like {@link #open}, for a file that is already open.
     *
     * @param location the file, for messages
     * @param channel the file; closed by {@link #close}
     */
    public static SafeTensors of(String location, FileChannel channel) throws IOException {
        try {
            return of(location, channel, ArrayBytes.of(channel, 0), channel.size());
        } catch (ClosedByInterruptException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    /**
     * Like {@link #open}, for a file's content in memory.
     *
     * @param location the origin of the content, for messages
     * @param content the whole file; kept, not modified
     */
    public static SafeTensors of(String location, byte[] content) throws IOException {
        return of(location, new InMemory(), ArrayBytes.sliced(ByteBuffer.wrap(content), 0), content.length);
    }

    /**
     * Like {@link #open}, for a file that can only be read from its beginning to its end, such as a remote one. Its tensors have to be
     * read in their order; some may be left out.
     *
     * @param location the file, for messages
     * @param stream the file; closed by {@link #close}
     * @param size its length in bytes
     */
    public static SafeTensors of(String location, InputStream stream, long size) throws IOException {
        return of(location, Channels.newChannel(stream), ArrayBytes.of(stream), size);
    }

    private static SafeTensors of(String location, Channel source, ArrayBytes.Region bytes, long size)
            throws IOException {
        byte[] json = readHeader(location, bytes, size);
        long dataStart = LENGTH_BYTES + json.length;
        return new SafeTensors(
                location, source, bytes, dataStart, SafeTensorsHeader.parse(location, json, size - dataStart));
    }

    private static final class InMemory implements Channel {
        private volatile boolean closed;

        @Override
        public boolean isOpen() {
            return !closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static byte[] readHeader(String location, ArrayBytes.Region bytes, long size) throws IOException {
        if (size < LENGTH_BYTES) {
            throw new IOException(location + ": " + size + " bytes long, a safetensors file begins with " + LENGTH_BYTES
                    + " bytes of header length");
        }
        long length = read(location, bytes, 0, LENGTH_BYTES).getLong();
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new IOException(location + ": header length " + Long.toUnsignedString(length)
                    + " (bytes 0 to 8) is above the format's limit of " + MAX_HEADER_BYTES
                    + "; this is not a safetensors file, or a damaged one");
        }
        if (length > size - LENGTH_BYTES) {
            throw new IOException(location + ": header length " + length + " (bytes 0 to 8) runs past the end of the"
                    + " file, which is " + size + " bytes long");
        }
        return read(location, bytes, LENGTH_BYTES, (int) length).array();
    }

    private static ByteBuffer read(String location, ArrayBytes.Region bytes, long position, int length)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            bytes.copy(position, buffer);
        } catch (IOException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
        return buffer.flip();
    }

    /**
     * Writes a file as a whole: after a crash, the old or the new content is there (see {@link AtomicFile}).
     *
     * @param file the file to create or replace, in a folder that exists
     * @param tensors arrays of any shape and order, including views, written in the order of the map and with their
     *     types; not modified
     * @param metadata strings kept in the header; may be empty
     * @throws IllegalArgumentException if a name is {@code __metadata__} or the format has no such type
     * @throws IOException if the file cannot be written; the message names it
     */
    public static void write(Path file, Map<String, INDArray> tensors, Map<String, String> metadata)
            throws IOException {
        write(file, new ArrayTensors(tensors), metadata);
    }

    /**
     * Writes tensors that are computed or read one at a time: no more than one is in memory. Otherwise as
     * {@link #write(Path, Map, Map)}.
     *
     * @param file the file to create or replace, in a folder that exists
     * @param tensors the tensors to write, in the order of the names; each is read once; stays open
     * @param metadata strings kept in the header; may be empty
     * @throws IllegalArgumentException if a name is {@code __metadata__} or the format has no such type
     * @throws IOException if a tensor cannot be read or the file cannot be written; the message names it
     */
    public static void write(Path file, TensorSource tensors, Map<String, String> metadata) throws IOException {
        SafeTensorsWriter.write(file, tensors, tensors.names(), metadata);
    }

    /** Writes tensors to a stream, which stays open. Otherwise as {@link #write(Path, TensorSource, Map)}. */
    public static void write(OutputStream out, TensorSource tensors, Map<String, String> metadata) throws IOException {
        SafeTensorsWriter.write(Channels.newChannel(out), tensors, tensors.names(), metadata);
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return header.tensors().keySet();
    }

    /** The {@code __metadata__} strings in the order of the file, empty if there are none; unmodifiable. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public long[] shape(String name) {
        return entry(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return entry(name).type().readAs();
    }

    /**
     * Returns the place of a tensor.
     *
     * @return its first byte and the byte after its last, counted from the end of the header
     * @throws IllegalArgumentException if there is no such tensor
     */
    public long[] extent(String name) {
        return new long[] {entry(name).begin(), entry(name).end()};
    }

    /** The number of bytes before the tensors: the header and its length. */
    public long headerBytes() {
        return dataStart;
    }

    /**
     * The type in the file: FLOAT16 or BFLOAT16 where {@link #dataType} says FLOAT.
     *
     * @throws IllegalArgumentException if there is no such tensor
     */
    public DataType storedType(String name) {
        return entry(name).type().stored();
    }

    @Override
    public INDArray read(String name) throws IOException {
        SafeTensorsHeader.Entry entry = entry(name);
        return read(name, entry.type().readAs(), entry.shape(), 0);
    }

    @Override
    public INDArray read(String name, long from, long to) throws IOException {
        SafeTensorsHeader.Entry entry = entry(name);
        long[] shape = TensorRows.shape(this, name, from, to);
        long rowBytes = (entry.end() - entry.begin()) / entry.shape()[0];
        return read(name, entry.type().readAs(), shape, from * rowBytes);
    }

    /**
     * Reads one tensor with the type and bits in the file; otherwise as {@link #read}.
     *
     * @return a new 'c'-ordered array outside any workspace, which the caller owns
     * @throws IllegalArgumentException if there is no such tensor
     * @throws IllegalStateException if the file is closed
     * @throws IOException if the file cannot be read, or the tensor's type cannot
     */
    public INDArray readStored(String name) throws IOException {
        SafeTensorsHeader.Entry entry = entry(name);
        return read(name, entry.type().stored(), entry.shape(), 0);
    }

    private INDArray read(String name, DataType as, long[] shape, long offset) throws IOException {
        SafeTensorsHeader.Entry entry = entry(name);
        if (!source.isOpen()) {
            throw new IllegalStateException(location + ": read of tensor '" + name + "' after close");
        }
        if (!entry.type().isReadable()) {
            throw new IOException(
                    location + ": tensor '" + name + "' is of type " + entry.type() + ", which cannot be read");
        }
        try {
            long start = dataStart + entry.begin() + offset;
            ArrayBytes.Region tensor = (from, into) -> bytes.copy(start + from, into);
            return as == entry.type().readAs()
                    ? ArrayBytes.read(entry.type(), shape, tensor)
                    : ArrayBytes.readStored(entry.type(), shape, tensor);
        } catch (IOException e) {
            throw new IOException(
                    location + ": tensor '" + name + "' at [" + entry.begin() + ", " + entry.end()
                            + ") cannot be read: " + FailureText.of(e),
                    e);
        }
    }

    private SafeTensorsHeader.Entry entry(String name) {
        SafeTensorsHeader.Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw new IllegalArgumentException(location + ": there is no tensor '" + name + "'");
        }
        return entry;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
