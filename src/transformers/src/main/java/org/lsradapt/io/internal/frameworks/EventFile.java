package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.lsradapt.io.internal.AtomicFile;

/**
 * TensorBoard's event files. A file is a sequence of TFRecords: the length (8 bytes, little-endian), its masked CRC-32C, the
 * bytes, their masked CRC-32C. The bytes are an {@code Event} (tensorflow/core/util/event.proto); the first holds the file's
 * version, the others scalars. Nothing stays open between calls, so a killed process leaves at most one incomplete record.
 */
public final class EventFile {
    private static final String VERSION = "brain.Event:2";
    /** Far above any record of scalars; a longer record is damaged. */
    private static final int LONGEST = 1 << 20;

    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;

    private EventFile() {}

    /**
     * The scalars of one step.
     *
     * @param wallTime seconds since 1970
     * @param values by tag, stored as 32-bit floats; empty for the record of the file's version
     */
    public record Scalars(double wallTime, long step, Map<String, Float> values) {}

    /**
     * Creates a file without scalars, or empties an existing one.
     *
     * @param file the file, with {@code tfevents} in its name; missing folders are created
     * @throws IOException if it cannot be written
     */
    public static void create(Path file, double wallTime) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, record(versionEvent(wallTime).bytes().toByteArray()));
    }

    public static void append(Path file, Scalars scalars) throws IOException {
        Files.write(file, record(event(scalars).bytes().toByteArray()), StandardOpenOption.APPEND);
    }

    /**
     * Removes records, and everything from the first damaged record on.
     *
     * @param file replaced as a whole
     * @param kept decides about each record, in order
     */
    public static void retain(Path file, Predicate<Scalars> kept) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            AtomicFile.write(file, channel -> {
                for (byte[] event = next(in); event != null; event = next(in)) {
                    if (kept.test(parsed(file, event))) {
                        channel.write(ByteBuffer.wrap(record(event)));
                    }
                }
            });
        }
    }

    /** Returns the bytes of the next record; null at the end, or if the record is incomplete or damaged. */
    private static byte @Nullable [] next(DataInputStream in) throws IOException {
        byte[] head = in.readNBytes(Long.BYTES + Integer.BYTES);
        if (head.length < Long.BYTES + Integer.BYTES) {
            return null;
        }
        ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long length = fields.getLong();
        if (fields.getInt() != checksum(Arrays.copyOf(head, Long.BYTES)) || length < 0 || length > LONGEST) {
            return null;
        }
        byte[] event = in.readNBytes((int) length);
        byte[] check = in.readNBytes(Integer.BYTES);
        boolean whole = event.length == length
                && check.length == Integer.BYTES
                && ByteBuffer.wrap(check).order(ByteOrder.LITTLE_ENDIAN).getInt() == checksum(event);
        return whole ? event : null;
    }

    private static byte[] record(byte[] event) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + event.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(event.length);
        bytes.putInt(checksum(Arrays.copyOf(bytes.array(), Long.BYTES)));
        return bytes.put(event).putInt(checksum(event)).array();
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return LevelDbTable.mask((int) crc.getValue());
    }

    private static ProtoMessage versionEvent(double wallTime) {
        return event -> {
            event.writeDouble(EVENT_WALL_TIME, wallTime);
            event.writeString(EVENT_VERSION, VERSION);
        };
    }

    private static ProtoMessage event(Scalars scalars) {
        return event -> {
            event.writeDouble(EVENT_WALL_TIME, scalars.wallTime());
            event.writeInt64(EVENT_STEP, scalars.step());
            ProtoMessage.write(event, EVENT_SUMMARY, summary -> {
                for (Map.Entry<String, Float> entry : scalars.values().entrySet()) {
                    ProtoMessage.write(summary, SUMMARY_VALUE, value -> {
                        value.writeString(VALUE_TAG, entry.getKey());
                        value.writeFloat(VALUE_SIMPLE, entry.getValue());
                    });
                }
            });
        };
    }

    private static Scalars parsed(Path file, byte[] event) throws IOException {
        try {
            CodedInputStream in = CodedInputStream.newInstance(event);
            double wallTime = 0;
            long step = 0;
            Map<String, Float> values = new LinkedHashMap<>();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case EVENT_WALL_TIME -> wallTime = in.readDouble();
                    case EVENT_STEP -> step = in.readInt64();
                    case EVENT_SUMMARY -> readSummary(CodedInputStream.newInstance(in.readByteArray()), values);
                    default -> in.skipField(tag);
                }
            }
            return new Scalars(wallTime, step, values);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(file + ": not a TensorBoard event file: " + e.getMessage(), e);
        }
    }

    private static void readSummary(CodedInputStream in, Map<String, Float> values) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == SUMMARY_VALUE) {
                readValue(CodedInputStream.newInstance(in.readByteArray()), values);
            } else {
                in.skipField(tag);
            }
        }
    }

    private static void readValue(CodedInputStream in, Map<String, Float> values) throws IOException {
        String name = "";
        float number = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case VALUE_TAG -> name = in.readString();
                case VALUE_SIMPLE -> number = in.readFloat();
                default -> in.skipField(tag);
            }
        }
        values.put(name, number);
    }
}
