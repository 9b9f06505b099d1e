package org.lsradapt.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.GgmlType;
import org.lsradapt.io.internal.StoredType;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A GGUF file of version 2 or 3, little-endian: metadata and tensors, quantized or not (the format as described at
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 *
 * <p>{@link #open} reads and checks the header, of at most 100 MB; tensors are read or mapped one by one, so a file may
 * be larger than 2 GiB and larger than the memory. Shapes are reversed, to match other file formats: a matrix is [rows,
 * numbers in a row]. The formats of {@link WeightFormat} are read as FLOAT; F64, I64, I32, I16 and I8 can be read too.
 * A file that holds other types can be opened to read its other tensors.
 */
public final class Gguf implements TensorSource {
    private final String location;
    private final FileChannel channel;
    private final GgufHeader header;

    private Gguf(String location, FileChannel channel, GgufHeader header) {
        this.location = location;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks its structure; no tensor is read.
     *
     * @param file a GGUF file
     * @throws IOException if there is no such file, it cannot be read, or it breaks a rule of the format; the
     *     message names the file, and the key or the tensor and its offsets where one is to blame
     */
    public static Gguf open(Path file) throws IOException {
        String location = file.toString();
        BoundedFile.requireFile(file);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            FileChannel channel = opened.add(FileChannel.open(file, StandardOpenOption.READ));
            long size = channel.size();
            GgufHeader header = GgufHeader.read(new GgufInput(location, channel, size), location, size);
            return opened.release(new Gguf(location, channel, header));
        } catch (ClosedByInterruptException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return header.tensors().keySet();
    }

    /** The file's metadata. */
    public GgufMetadata metadata() {
        return header.metadata();
    }

    /** Reads a value of the metadata in the file's bytes, after its type. */
    byte[] value(String key) throws IOException {
        GgufHeader.Place place = header.places().get(key);
        byte[] bytes = new byte[Math.toIntExact(place.end() - place.begin())];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, place.begin() + buffer.position()) < 0) {
                throw new IOException(location + ": metadata \"" + key + "\": the file became shorter");
            }
        }
        return bytes;
    }

    @Override
    public long[] shape(String name) {
        return entry(name).shape().clone();
    }

    /**
     * The type in the file, by ggml's name, such as {@code Q4_K}; {@code number 99} for an unknown type.
     *
     * @throws IllegalArgumentException if there is no such tensor
     */
    public String typeName(String name) {
        return entry(name).typeName();
    }

    /** Lists the types that can be read, by ggml's names, for messages. */
    public static String readableTypes() {
        return Arrays.stream(GgmlType.values())
                .filter(type -> type.format().isPresent() || type.plain().isPresent())
                .map(Enum::name)
                .collect(Collectors.joining(", "));
    }

    @Override
    public DataType dataType(String name) {
        Optional<GgmlType> type = entry(name).type();
        return type.flatMap(GgmlType::plain)
                .map(StoredType::readAs)
                .or(() -> type.flatMap(GgmlType::format).map(format -> DataType.FLOAT))
                .orElse(DataType.UNKNOWN);
    }

    @Override
    public INDArray read(String name) throws IOException {
        GgufHeader.Entry entry = entry(name);
        requireOpen(name);
        try {
            ArrayBytes.Region bytes = ArrayBytes.of(channel, header.dataStart() + entry.begin());
            Optional<StoredType> plain = entry.type().flatMap(GgmlType::plain);
            if (plain.isPresent()) {
                return ArrayBytes.read(plain.get(), entry.shape(), bytes);
            }
            WeightFormat format = entry.type().flatMap(GgmlType::format).orElseThrow(() -> unreadable(entry));
            return ArrayBytes.read(format, entry.shape(), bytes);
        } catch (IOException e) {
            throw failure(name, entry, e);
        }
    }

    /**
     * Returns a matrix as stored in the file, mapped and not copied.
     *
     * @return [rows, numbers in a row], valid until {@link #close()}; empty if the tensor is not a matrix, has no
     *     {@link WeightFormat}, or is larger than 2 GiB
     */
    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        GgufHeader.Entry entry = entry(name);
        requireOpen(name);
        Optional<WeightFormat> format = entry.type().flatMap(GgmlType::format);
        long bytes = entry.end() - entry.begin();
        if (format.isEmpty() || entry.shape().length != 2 || bytes == 0 || bytes > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        try {
            return Optional.of(new StoredMatrix(
                    format.get(),
                    Math.toIntExact(entry.shape()[0]),
                    Math.toIntExact(entry.shape()[1]),
                    ArrayBytes.mapped(channel, header.dataStart() + entry.begin(), (int) bytes)));
        } catch (IOException e) {
            throw failure(name, entry, e);
        }
    }

    private static IOException unreadable(GgufHeader.Entry entry) {
        return new IOException("its type is " + entry.typeName() + ", expected one of " + readableTypes());
    }

    private IOException failure(String name, GgufHeader.Entry entry, IOException e) {
        return new IOException(
                location + ": tensor '" + name + "' at [" + entry.begin() + ", " + entry.end() + ") cannot be read: "
                        + e.getMessage(),
                e);
    }

    private void requireOpen(String name) {
        if (!channel.isOpen()) {
            throw new IllegalStateException(location + ": read of tensor '" + name + "' after close");
        }
    }

    private GgufHeader.Entry entry(String name) {
        GgufHeader.Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw new IllegalArgumentException(location + ": there is no tensor '" + name + "'");
        }
        return entry;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
