package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.io.GgufDraft.join;
import static org.lsradapt.io.GgufDraft.u32;
import static org.lsradapt.io.GgufDraft.u64;
import static org.lsradapt.io.GgufDraft.utf8;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.io.internal.GgmlType;
import org.nd4j.linalg.api.buffer.DataType;

/** Files made wrong in one way each, many of each way: the right complaint, and no memory taken for what they claim. */
class MalformedGgufTest {

    private static final int FILES = 30;

    /** Heap that opening takes whatever the file: a window of 32 KiB, tables, the message and its stack trace. */
    private static final long CONSTANT_BYTES = 100_000;

    /** Heap per byte of file: an entry is some hundred bytes of objects for at least 13 bytes of header. */
    private static final long BYTES_PER_BYTE = 20;

    private static final List<GgmlType> TYPES = List.of(
            GgmlType.F32, GgmlType.F16, GgmlType.Q8_0, GgmlType.Q4_1, GgmlType.IQ4_NL, GgmlType.I16, GgmlType.Q4_0);
    private static final int[] NUMBERS = {0, 1, 8, 3, 20, 25, 2};

    @TempDir
    private Path folder;

    private static GgufDraft draft(Random random) {
        GgufDraft draft = new GgufDraft()
                .text("general.architecture", "llama")
                .integer("llama.block_count", random.nextInt(100))
                .number("eps", random.nextFloat())
                .flag("flag", random.nextBoolean())
                .texts("tokens", List.of("a", "bc", "déf".repeat(random.nextInt(9))))
                .integers("types", random.nextInt(), 1, 2);
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            int which = random.nextInt(TYPES.size());
            GgmlType type = TYPES.get(which);
            int rows = 1 + random.nextInt(4);
            int blocks = 1 + random.nextInt(3);
            draft.tensor(
                    "tensor." + i,
                    NUMBERS[which],
                    new byte[rows * blocks * type.blockBytes()],
                    (long) blocks * type.blockLength(),
                    rows);
        }
        return draft;
    }

    /** A way to break a file, and what must be said of it. */
    enum Fault {
        OTHER_MAGIC {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.magic = utf8("GGJT");
                return "the header at byte 0: it begins with 47474a54, expected 47475546 (\"GGUF\")";
            }
        },
        BIG_ENDIAN {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.bigEndian = true;
                return "the header at byte 0: version 3 in big-endian byte order, expected little-endian";
            }
        },
        OTHER_VERSION {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.version = random.nextBoolean() ? 1 : 4 + random.nextInt(1000);
                return "the header at byte 0: GGUF version " + draft.version + ", expected 2 or 3";
            }
        },
        MANY_KEYS {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keyCount = 1L << (20 + random.nextInt(43));
                return "the header at byte 0: " + draft.keyCount + " metadata keys, for which the ";
            }
        },
        KEYS_BEYOND_A_LONG {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keyCount = -2;
                return "the header at byte 0: 18446744073709551614 metadata keys, for which the ";
            }
        },
        MANY_TENSORS {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensorCount = 1L << (20 + random.nextInt(43));
                return "the header at byte 0: " + draft.tensorCount + " tensors, for which the ";
            }
        },
        ONE_KEY_MORE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keyCount = draft.keys.size() + 1;
                return "tensor number 0 at byte "; // the first tensor was taken for a key
            }
        },
        ONE_TENSOR_MORE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensorCount = draft.tensors.size() + 1;
                draft.data = new byte[0];
                return "";
            }
        },
        KEY_TWICE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.integer("eps", 3);
                return "metadata key 'eps' at byte ";
            }
        },
        KEY_IS_NOT_UTF8 {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keys.get(1).name = new byte[] {'a', (byte) 0xff, 'b'};
                return " is not UTF-8";
            }
        },
        TEXT_IS_NOT_UTF8 {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keys.get(0).value = GgufDraft.string(new byte[] {(byte) 0xc3});
                return "metadata key 'general.architecture' at byte 24: the string at byte 56 is not UTF-8";
            }
        },
        TOKEN_IS_NOT_UTF8 {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.array("more", 8, 1, GgufDraft.string(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}));
                return "metadata key 'more' at byte ";
            }
        },
        LONG_TEXT {
            @Override
            String apply(GgufDraft draft, Random random) {
                long length = 1L << (12 + random.nextInt(51));
                draft.keys.get(0).value = join(u64(length), utf8("llama"));
                return "metadata key 'general.architecture' at byte 24: a string of " + length
                        + " bytes at byte 64 runs past the end of the file, which is ";
            }
        },
        TEXT_BEYOND_A_LONG {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keys.get(0).value = join(u64(-1), utf8("llama"));
                return "a string of 18446744073709551615 bytes at byte 64 runs past the end of the file";
            }
        },
        LONG_ARRAY {
            @Override
            String apply(GgufDraft draft, Random random) {
                long length = 1L << (12 + random.nextInt(51));
                int type = random.nextInt(13);
                draft.keys.get(4).value = join(u32(type), u64(length));
                return "metadata key 'tokens' at byte ";
            }
        },
        UNKNOWN_VALUE_TYPE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keys.get(2).type = 13 + random.nextInt(1000);
                return "value type " + draft.keys.get(2).type + " at byte ";
            }
        },
        NEITHER_TRUE_NOR_FALSE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.keys.get(3).value = new byte[] {(byte) (2 + random.nextInt(254))};
                return "metadata key 'flag' at byte ";
            }
        },
        DEEP_ARRAYS {
            @Override
            String apply(GgufDraft draft, Random random) {
                byte[] value = join(u32(4), u64(0));
                for (int i = 0; i < 5000; i++) {
                    value = join(u32(9), u64(1), value);
                }
                draft.raw("deep", 9, value);
                return "arrays in arrays deeper than 8 at byte ";
            }
        },
        BAD_ALIGNMENT {
            @Override
            String apply(GgufDraft draft, Random random) {
                int bad = List.of(0, 1, 4, 24, 33, 96).get(random.nextInt(6));
                draft.integer("general.alignment", bad);
                return "metadata \"general.alignment\": found " + bad + ", expected a power of two from 8 on";
            }
        },
        ALIGNMENT_IS_TEXT {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.text("general.alignment", "32");
                return "metadata \"general.alignment\": found \"32\", expected a whole number of 32 bits";
            }
        },
        HUGE_ALIGNMENT {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.integer("general.alignment", 1 << 30);
                draft.tensors.subList(1, draft.tensors.size()).clear();
                return "tensor 'tensor.0' at [0, " + draft.tensors.get(0).length
                        + ") runs past the data, which is 0 bytes long";
            }
        },
        TENSOR_TWICE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(1).name = utf8("tensor.0");
                return "tensor 'tensor.0' at byte ";
            }
        },
        TENSOR_IS_NOT_UTF8 {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(1).name = new byte[] {(byte) 0x80};
                return "tensor number 1 at byte ";
            }
        },
        MANY_DIMENSIONS {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).dimensions = new long[5 + random.nextInt(1000)];
                return "tensor 'tensor.0' at byte ";
            }
        },
        HUGE_SHAPE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).dimensions[1] = 1L << (20 + random.nextInt(30));
                return "tensor 'tensor.0' at [0, ";
            }
        },
        SHAPE_BEYOND_A_LONG {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).dimensions = new long[] {1L << 32, 1L << 32};
                return ": shape [4294967296, 4294967296] of ";
            }
        },
        NEGATIVE_DIMENSION {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).dimensions[1] = -1;
                return ": a dimension of 18446744073709551615, expected whole numbers up to 2^63 - 1";
            }
        },
        PART_OF_A_BLOCK {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).type = 8;
                draft.tensors.get(0).dimensions[0] = 33 + random.nextInt(31);
                return ": rows of " + draft.tensors.get(0).dimensions[0] + " numbers, Q8_0 needs a multiple of 32";
            }
        },
        OFFSET_NOT_ALIGNED {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(1).offset += 1 + random.nextInt(31);
                return "tensor 'tensor.1' at byte ";
            }
        },
        OFFSET_BEYOND_THE_FILE {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).offset = 1L << (20 + random.nextInt(42));
                return ") runs past the data, which is " + draft.data.length + " bytes long";
            }
        },
        OFFSET_BEYOND_A_LONG {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(0).offset = random.nextBoolean() ? Long.MAX_VALUE / 32 * 32 : Long.MIN_VALUE;
                return "tensor 'tensor.0' at ";
            }
        },
        OVERLAP {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.tensors.get(1).offset = 0;
                return " overlaps tensor 'tensor.";
            }
        },
        HOLE {
            @Override
            String apply(GgufDraft draft, Random random) {
                int hole = 32 * (1 + random.nextInt(9));
                draft.tensors.forEach(tensor -> tensor.offset += hole);
                draft.data = new byte[draft.data.length + hole];
                return ") leaves a hole after the start of the data, which ends at 0";
            }
        },
        DATA_CUT {
            @Override
            String apply(GgufDraft draft, Random random) {
                draft.data = Arrays.copyOf(draft.data, random.nextInt(draft.data.length));
                return " runs past the data, which is " + draft.data.length + " bytes long";
            }
        },
        DATA_GOES_ON {
            @Override
            String apply(GgufDraft draft, Random random) {
                int end = draft.data.length;
                draft.data = new byte[(end + 31) / 32 * 32 + 1 + random.nextInt(1000)];
                return ": the tensors end at " + end + ", but the data is " + draft.data.length + " bytes long";
            }
        };

        /** Breaks the draft; returns a part of the expected message. */
        abstract String apply(GgufDraft draft, Random random);
    }

    @ParameterizedTest
    @EnumSource
    void open_fileWithAFault_saysWhichAndTakesNoMemoryForItsClaims(Fault fault) throws IOException {
        long seed = Long.getLong("seed", 11) * 1000 + fault.name().hashCode();
        Path file = folder.resolve("bad.gguf");
        for (int i = 0; i < FILES; i++) {
            Random random = new Random(seed + 100_000L * i);
            GgufDraft draft = draft(random);
            String complaint = fault.apply(draft, random);
            byte[] bytes = draft.bytes();
            Files.write(file, bytes);
            assertThrows(IOException.class, () -> Gguf.open(file)); // links what makes the message
            long before = allocated();
            IOException e = assertThrows(IOException.class, () -> Gguf.open(file));
            long taken = allocated() - before;
            assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
            assertTrue(
                    e.getMessage().contains(complaint),
                    () -> "seed " + seed + ": " + e.getMessage() + " should contain " + complaint);
            assertTrue(
                    taken <= CONSTANT_BYTES + BYTES_PER_BYTE * bytes.length,
                    () -> fault + ": opening a file of " + bytes.length + " bytes took " + taken + " bytes of heap");
        }
    }

    @Test
    void open_anyFileCutShort_isRefused() throws IOException {
        GgufDraft draft = draft(new Random(1)).tensor("last", new float[] {1, 2, 3}, 3);
        byte[] whole = draft.bytes();
        Path file = folder.resolve("cut.gguf");
        Files.write(file, whole);
        Gguf.open(file).close();
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            IOException e = assertThrows(IOException.class, () -> Gguf.open(file), "cut to " + length);
            assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        }
    }

    /** A text that ends within the file, but behind what a header may take. */
    @Test
    void open_headerAboveTheLimit_isRefusedBeforeItIsRead() throws IOException {
        GgufDraft draft = new GgufDraft().raw("big", 8, join(u64(150_000_000)));
        Path file = folder.resolve("big.gguf");
        Files.write(file, draft.bytes());
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(200_000_000);
        }
        long before = allocated();
        IOException e = assertThrows(IOException.class, () -> Gguf.open(file));
        assertTrue(allocated() - before < CONSTANT_BYTES, e.getMessage());
        assertEquals(
                file + ": metadata key 'big' at byte 24: a string of 150000000 bytes at byte 47 runs past the first"
                        + " 100000000 bytes, and no longer header is read",
                e.getMessage());
    }

    /** Any byte may be any other: the file opens and all its tensors can be read, or there is an IOException. */
    @Test
    void open_bytesChanged_readsOrRefuses() throws IOException {
        Random random = new Random(Long.getLong("seed", 12));
        Path file = folder.resolve("changed.gguf");
        int refused = 0;
        for (int i = 0; i < 1500; i++) {
            GgufDraft draft = draft(random);
            byte[] bytes = draft.bytes();
            int inHeader = draft.header().length;
            for (int change = random.nextInt(3); change >= 0; change--) {
                bytes[random.nextInt(inHeader)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try (Gguf open = Gguf.open(file)) {
                for (String name : open.names()) {
                    open.stored(name);
                    if (open.dataType(name) != DataType.UNKNOWN) {
                        assertNotNull(open.read(name));
                    }
                }
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 500 && refused < 1500, refused + " refused");
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertEquals(true, threads.isThreadAllocatedMemoryEnabled());
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
