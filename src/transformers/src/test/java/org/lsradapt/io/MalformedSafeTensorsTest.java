package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.internal.StoredType;
import org.nd4j.linalg.api.buffer.DataType;

/** Files made wrong in one way each, many of each way: the right complaint, and no memory taken for what they claim. */
class MalformedSafeTensorsTest {

    private static final int FILES = 30;

    /** Heap that opening takes whatever the file: the parser's buffers and tables. */
    private static final long CONSTANT_BYTES = 100_000;

    /** Heap per byte of file: an entry is some hundred bytes of objects for at least 50 bytes of header. */
    private static final long BYTES_PER_BYTE = 20;

    @TempDir
    private Path folder;

    /** A well-formed file of a few tensors, before something is changed. */
    private static final class Draft {
        final Random random;
        final List<String> names = new ArrayList<>();
        final List<String> types = new ArrayList<>();
        final List<String> shapes = new ArrayList<>();
        final List<long[]> offsets = new ArrayList<>();
        final int victim;
        int dataLength;
        long claimedHeader = -1;
        String suffix = "";

        Draft(Random random) {
            this.random = random;
            int count = 2 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                List<StoredType> all = List.of(StoredType.values());
                StoredType type = all.get(random.nextInt(all.size()));
                int rows = 1 + random.nextInt(4);
                int cols = 1 + random.nextInt(13);
                int length = rows * cols * type.bytes();
                names.add("tensor." + i);
                types.add("\"" + type + "\"");
                shapes.add("[" + rows + "," + cols + "]");
                offsets.add(new long[] {dataLength, dataLength + length});
                dataLength += length;
            }
            victim = random.nextInt(count);
        }

        String name() {
            return names.get(victim);
        }

        long[] range() {
            return offsets.get(victim);
        }

        String place() {
            return "tensor '" + name() + "' at [" + range()[0] + ", " + range()[1] + ")";
        }

        byte[] bytes() {
            List<String> entries = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                entries.add("\"" + names.get(i) + "\":{\"dtype\":" + types.get(i) + ",\"shape\":" + shapes.get(i)
                        + ",\"data_offsets\":[" + offsets.get(i)[0] + "," + offsets.get(i)[1] + "]}");
            }
            byte[] header = ("{" + String.join(",", entries) + "}" + suffix).getBytes(StandardCharsets.UTF_8);
            ByteBuffer all = ByteBuffer.allocate(8 + header.length + dataLength).order(ByteOrder.LITTLE_ENDIAN);
            all.putLong(claimedHeader < 0 ? header.length : claimedHeader).put(header);
            return all.array();
        }
    }

    /** A way to break a file, and what must be said of it. */
    enum Fault {
        HEADER_LONGER_THAN_FILE {
            @Override
            String apply(Draft draft) {
                draft.claimedHeader = 100_000_000L - draft.random.nextInt(1000);
                return "header length " + draft.claimedHeader + " (bytes 0 to 8) runs past the end of the file";
            }
        },
        HEADER_ABOVE_THE_LIMIT {
            @Override
            String apply(Draft draft) {
                draft.claimedHeader = 100_000_001L + (draft.random.nextLong() >>> 2);
                return "header length " + draft.claimedHeader + " (bytes 0 to 8) is above the format's limit";
            }
        },
        HEADER_CUT {
            @Override
            String apply(Draft draft) {
                draft.claimedHeader = 2 + draft.random.nextInt(40);
                return "the header is not valid JSON near its byte ";
            }
        },
        HEADER_GOES_ON {
            @Override
            String apply(Draft draft) {
                draft.suffix = " {}";
                return "the header continues after its closing '}'";
            }
        },
        HUGE_SHAPE {
            @Override
            String apply(Draft draft) {
                long rows = 1L << (20 + draft.random.nextInt(20));
                draft.shapes.set(draft.victim, "[" + rows + ",1024]");
                return draft.place() + " is " + (draft.range()[1] - draft.range()[0]) + " bytes long, but shape ["
                        + rows + ", 1024] of ";
            }
        },
        SHAPE_BEYOND_A_LONG {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[4294967296,4294967296]");
                return draft.place() + " has shape [4294967296, 4294967296], which is too large";
            }
        },
        HUGE_SHAPE_AND_OFFSETS {
            @Override
            String apply(Draft draft) {
                long rows = 1L << (30 + draft.random.nextInt(25));
                draft.types.set(draft.victim, "\"F32\"");
                draft.shapes.set(draft.victim, "[" + rows + "]");
                draft.range()[1] = draft.range()[0] + 4 * rows;
                return draft.place() + " runs past the data, which is " + draft.dataLength + " bytes long";
            }
        },
        MANY_DIMENSIONS {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[" + "3,".repeat(2000) + "3]");
                return draft.place() + " has shape [3, 3, 3";
            }
        },
        SHAPE_AND_LENGTH_DIFFER {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[" + (53 + draft.random.nextInt(40)) + "]");
                return draft.place() + " is " + (draft.range()[1] - draft.range()[0]) + " bytes long, but shape [";
            }
        },
        NEGATIVE_SIZE {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[-2,-3]");
                return "tensor '" + draft.name()
                        + "': field \"shape\": found [-2,-3], expected an array of whole numbers from 0 to 2^63 - 1";
            }
        },
        FRACTION_FOR_A_SIZE {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[2.0]");
                return "tensor '" + draft.name()
                        + "': field \"shape\": found [2.0], expected an array of whole numbers";
            }
        },
        SIZE_AS_TEXT {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[\"2\"]");
                return "tensor '" + draft.name()
                        + "': field \"shape\": found [\"2\"], expected an array of whole numbers";
            }
        },
        SHAPE_IS_NO_ARRAY {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "{}");
                return "tensor '" + draft.name() + "': field \"shape\": found {}, expected an array of whole numbers";
            }
        },
        OFFSETS_TURNED {
            @Override
            String apply(Draft draft) {
                long[] range = draft.range();
                draft.offsets.set(draft.victim, new long[] {range[1], range[0]});
                return draft.place() + " has offsets that are no range";
            }
        },
        OVERLAP {
            @Override
            String apply(Draft draft) {
                long shift = draft.range()[0] == 0 ? 0 : 1 + draft.random.nextInt((int) draft.range()[0]);
                if (shift == 0) {
                    draft.offsets.set(1, draft.offsets.get(0));
                    draft.types.set(1, draft.types.get(0));
                    draft.shapes.set(1, draft.shapes.get(0));
                    return " overlaps tensor 'tensor.";
                }
                draft.offsets.set(draft.victim, new long[] {draft.range()[0] - shift, draft.range()[1] - shift});
                return " overlaps tensor 'tensor.";
            }
        },
        HOLE {
            @Override
            String apply(Draft draft) {
                int hole = 1 + draft.random.nextInt(9);
                for (int i = draft.victim; i < draft.offsets.size(); i++) {
                    draft.offsets.get(i)[0] += hole;
                    draft.offsets.get(i)[1] += hole;
                }
                draft.dataLength += hole;
                return draft.place() + " leaves a hole after ";
            }
        },
        DATA_CUT {
            @Override
            String apply(Draft draft) {
                draft.dataLength -= 1 + draft.random.nextInt(draft.dataLength);
                return " runs past the data, which is " + draft.dataLength + " bytes long";
            }
        },
        DATA_GOES_ON {
            @Override
            String apply(Draft draft) {
                long end = draft.dataLength;
                draft.dataLength += 1 + draft.random.nextInt(1000);
                return "the tensors end at " + end + ", but the data is " + draft.dataLength + " bytes long";
            }
        },
        NAME_TWICE {
            @Override
            String apply(Draft draft) {
                String other = draft.names.get(draft.victim == 0 ? 1 : 0);
                draft.names.set(draft.victim, other);
                return ": Duplicate field '" + other + "'";
            }
        },
        UNKNOWN_TYPE {
            @Override
            String apply(Draft draft) {
                draft.types.set(draft.victim, "\"F" + (draft.random.nextInt(1000) + 65) + "\"");
                return "tensor '" + draft.name() + "': field \"dtype\": found 'F";
            }
        },
        UNKNOWN_FIELD {
            @Override
            String apply(Draft draft) {
                draft.types.set(draft.victim, draft.types.get(draft.victim) + ",\"scale\":1");
                return "tensor '" + draft.name() + "': field \"scale\": not known, expected dtype, shape, data_offsets";
            }
        },
        DEEP_NESTING {
            @Override
            String apply(Draft draft) {
                draft.shapes.set(draft.victim, "[".repeat(5000) + "]".repeat(5000));
                return "the header is not valid JSON near its byte ";
            }
        };

        /** Breaks the draft; returns a part of the expected message. */
        abstract String apply(Draft draft);
    }

    @ParameterizedTest
    @EnumSource
    void open_fileWithAFault_saysWhichAndTakesNoMemoryForItsClaims(Fault fault) throws IOException {
        long seed = Long.getLong("seed", 11) * 1000 + fault.name().hashCode();
        Path file = folder.resolve("bad.safetensors");
        for (int i = 0; i < FILES; i++) {
            Draft draft = new Draft(new Random(seed + 100_000L * i));
            String complaint = fault.apply(draft);
            Files.write(file, draft.bytes());
            if (i == 0) {
                assertThrows(IOException.class, () -> SafeTensors.open(file));
            }
            long before = allocated();
            IOException e = assertThrows(IOException.class, () -> SafeTensors.open(file));
            long taken = allocated() - before;
            assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
            assertTrue(
                    e.getMessage().contains(complaint),
                    () -> "seed " + seed + ": " + e.getMessage() + " should contain " + complaint);
            assertTrue(
                    taken <= CONSTANT_BYTES + BYTES_PER_BYTE * Files.size(file),
                    () -> fault + ": opening a file of " + draft.bytes().length + " bytes took " + taken
                            + " bytes of heap");
        }
    }

    /** Any byte may be any other: the file opens and all its tensors can be read, or there is an IOException. */
    @Test
    void open_bytesChanged_readsOrRefuses() throws IOException {
        Random random = new Random(Long.getLong("seed", 12));
        Path file = folder.resolve("changed.safetensors");
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            Draft draft = new Draft(random);
            byte[] bytes = draft.bytes();
            int inHeader = bytes.length - draft.dataLength;
            for (int change = random.nextInt(3); change >= 0; change--) {
                bytes[random.nextInt(inHeader)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try (SafeTensors open = SafeTensors.open(file)) {
                for (String name : open.names()) {
                    if (open.dataType(name) != DataType.UNKNOWN) {
                        assertNotNull(open.read(name));
                    }
                }
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 500 && refused < 1000, refused + " refused");
    }

    /** To Jackson these are UTF-32 and UTF-16, where it looks for one. */
    @ParameterizedTest
    @ValueSource(strings = {"{\0\0\0a!{\0", "{\0\"\0", "{\"a\0\0\0"})
    void open_headerWithNuls_isRefused(String header) throws IOException {
        Path file = folder.resolve("nuls.safetensors");
        byte[] json = header.getBytes(StandardCharsets.ISO_8859_1);
        Files.write(
                file,
                ByteBuffer.allocate(8 + json.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
        String message =
                assertThrows(IOException.class, () -> SafeTensors.open(file)).getMessage();
        assertTrue(message.startsWith(file + ": the header is not valid JSON near its byte "), message);
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertEquals(true, threads.isThreadAllocatedMemoryEnabled());
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
