package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.StoredType;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A TensorFlow checkpoint, the {@code variables} of a SavedModel: an index, a LevelDB table of {@code BundleEntryProto}
 * (fields as in tensorflow/core/protobuf/tensor_bundle.proto), and one data file of raw little-endian values. Variables
 * of type DT_FLOAT can be read; others are only listed.
 *
 * <p>The index's checksums are verified when the checkpoint is opened, a variable's when it is read.
 */
public final class TensorFlowBundle implements TensorSource {

    private static final int MAX_INDEX_BYTES = 100_000_000;
    private static final int DT_FLOAT = 1;

    /** The entry with this key describes the bundle, not a variable. */
    private static final String HEADER = "";

    private static final int HEADER_SHARDS = 1;
    private static final int HEADER_ENDIANNESS = 2;
    private static final int ENTRY_TYPE = 1;
    private static final int ENTRY_SHAPE = 2;
    private static final int ENTRY_SHARD = 3;
    private static final int ENTRY_OFFSET = 4;
    private static final int ENTRY_SIZE = 5;
    private static final int ENTRY_CRC = 6;
    private static final int ENTRY_SLICES = 7;
    private static final int SHAPE_DIMENSION = 2;
    private static final int DIMENSION_SIZE = 1;

    @SuppressWarnings("ArrayRecordComponent")
    private record Entry(long type, long[] shape, long offset, long size, int crc) {
        boolean isFloat() {
            return type == DT_FLOAT;
        }
    }

    private final String location;
    private final FileChannel data;
    private final Map<String, Entry> entries;

    private TensorFlowBundle(String location, FileChannel data, Map<String, Entry> entries) {
        this.location = location;
        this.data = data;
        this.entries = Collections.unmodifiableMap(entries);
    }

    /**
     * Opens a checkpoint and checks its index; no variable is read.
     *
     * @param prefix the prefix of the files' names, such as {@code variables/variables} for {@code variables.index} and
     *     {@code variables.data-00000-of-00001}
     * @throws IOException if a file is missing, the index is damaged, compressed or for several data files, or a
     *     variable lies outside the data
     */
    public static TensorFlowBundle open(Path prefix) throws IOException {
        Path index = prefix.resolveSibling(prefix.getFileName() + ".index");
        Path dataFile = prefix.resolveSibling(prefix.getFileName() + ".data-00000-of-00001");
        byte[] table = BoundedFile.read(index, MAX_INDEX_BYTES);
        BoundedFile.requireFile(dataFile);
        Map<String, byte[]> variables = LevelDbTable.read(index.toString(), table);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            FileChannel data = opened.add(FileChannel.open(dataFile, StandardOpenOption.READ));
            return opened.release(
                    new TensorFlowBundle(dataFile.toString(), data, entries(index.toString(), variables, data.size())));
        } catch (ClosedByInterruptException e) {
            throw new IOException(dataFile + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    private static Map<String, Entry> entries(String index, Map<String, byte[]> table, long dataLength)
            throws IOException {
        byte[] header = table.remove(HEADER);
        if (header == null) {
            throw new IOException(index + ": has no header entry; no checkpoint index");
        }
        try {
            checkHeader(index, header);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(index + ": the header entry is malformed: " + e.getMessage(), e);
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> named : table.entrySet()) {
            String place = index + ": variable '" + named.getKey() + "'";
            try {
                entries.put(named.getKey(), entry(place, CodedInputStream.newInstance(named.getValue()), dataLength));
            } catch (InvalidProtocolBufferException e) {
                throw new IOException(place + " is malformed: " + e.getMessage(), e);
            }
        }
        return entries;
    }

    private static void checkHeader(String index, byte[] header) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(header);
        int shards = 0;
        int endianness = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case HEADER_SHARDS -> shards = in.readInt32();
                case HEADER_ENDIANNESS -> endianness = in.readEnum();
                default -> in.skipField(tag);
            }
        }
        if (shards != 1 || endianness != 0) {
            throw new IOException(index + ": has " + shards + " data files of endianness " + endianness
                    + ", expected 1 that is little-endian (0)");
        }
    }

    private static Entry entry(String place, CodedInputStream in, long dataLength) throws IOException {
        long type = 0;
        long[] shape = {};
        long shard = 0;
        long offset = 0;
        long size = 0;
        int crc = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case ENTRY_TYPE -> type = in.readEnum();
                case ENTRY_SHAPE -> shape = shape(in.readByteArray());
                case ENTRY_SHARD -> shard = in.readInt32();
                case ENTRY_OFFSET -> offset = in.readInt64();
                case ENTRY_SIZE -> size = in.readInt64();
                case ENTRY_CRC -> crc = in.readFixed32();
                case ENTRY_SLICES -> throw new IOException(place + " is stored in slices, which cannot be read");
                default -> in.skipField(tag);
            }
        }
        if (shard != 0 || offset < 0 || size < 0 || offset > dataLength || size > dataLength - offset) {
            throw new IOException(place + " of " + size + " bytes at byte " + offset + " of data file " + shard
                    + " runs past the data, one file of " + dataLength + " bytes");
        }
        if (type == DT_FLOAT && !ArrayBytes.areFloats(shape, size)) {
            throw new IOException(place + " is " + size + " bytes long, which shape " + Arrays.toString(shape)
                    + " of DT_FLOAT does not take");
        }
        return new Entry(type, shape, offset, size, crc);
    }

    private static long[] shape(byte[] message) throws IOException {
        List<Long> sizes = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == SHAPE_DIMENSION) {
                sizes.add(dimension(in.readByteArray()));
            } else {
                in.skipField(tag);
            }
        }
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }

    private static long dimension(byte[] message) throws IOException {
        long size = 0;
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == DIMENSION_SIZE) {
                size = in.readInt64();
            } else {
                in.skipField(tag);
            }
        }
        return size;
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return entries.keySet();
    }

    @Override
    public long[] shape(String name) {
        return entry(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return entry(name).isFloat() ? DataType.FLOAT : DataType.UNKNOWN;
    }

    @Override
    public INDArray read(String name) throws IOException {
        Entry entry = entry(name);
        if (!data.isOpen()) {
            throw new IllegalStateException(location + ": read of variable '" + name + "' after close");
        }
        if (!entry.isFloat()) {
            throw new IOException(location + ": variable '" + name + "' is of data type " + entry.type()
                    + ", only DT_FLOAT (1) can be read");
        }
        INDArray array = read(name, entry);
        CRC32C crc = new CRC32C();
        ArrayBytes.update(crc, array);
        if (LevelDbTable.mask((int) crc.getValue()) != entry.crc()) {
            array.close();
            throw failure(name, entry, "does not have the checksum that the index gives: the file is damaged");
        }
        return array;
    }

    private INDArray read(String name, Entry entry) throws IOException {
        try {
            return ArrayBytes.read(StoredType.F32, entry.shape(), ArrayBytes.of(data, entry.offset()));
        } catch (IOException e) {
            IOException failure = failure(name, entry, "cannot be read: " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    private IOException failure(String name, Entry entry, String message) {
        return new IOException(location + ": variable '" + name + "' at [" + entry.offset() + ", "
                + (entry.offset() + entry.size()) + ") " + message);
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(location + ": there is no variable '" + name + "'");
        }
        return entry;
    }

    @Override
    public void close() throws IOException {
        data.close();
    }
}
