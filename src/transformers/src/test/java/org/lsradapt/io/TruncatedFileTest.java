package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.StoredType;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.factory.Nd4j;

/** Files that another process makes shorter while they are read. */
class TruncatedFileTest {

    private static final String SHORTER = "the file became shorter after it was opened";
    private static final long[] SHAPE = {64, 1024};

    @TempDir
    private Path folder;

    private static void truncate(Path file) throws IOException {
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                .close();
    }

    /** Ends after three quarters of what a tensor has, however it is stored. */
    private FileChannel shortened(int bytes) throws IOException {
        return FileChannel.open(Files.write(folder.resolve("data"), new byte[bytes * 3 / 4]));
    }

    @ParameterizedTest
    @EnumSource(
            value = StoredType.class,
            names = {"F32", "F16", "BF16", "I64", "I8"})
    void read_numbersOfATruncatedFile_isAnIoException(StoredType type) throws IOException {
        try (FileChannel channel = shortened(64 * 1024 * type.bytes())) {
            ArrayBytes.Region region = ArrayBytes.of(channel, 0);
            assertEquals(
                    SHORTER,
                    assertThrows(IOException.class, () -> ArrayBytes.read(type, SHAPE, region))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void read_blocksOfATruncatedFile_isAnIoException(WeightFormat format) throws IOException {
        try (FileChannel channel = shortened((int) format.bytes(64 * 1024))) {
            ArrayBytes.Region region = ArrayBytes.of(channel, 0);
            assertEquals(
                    SHORTER,
                    assertThrows(IOException.class, () -> ArrayBytes.read(format, SHAPE, region))
                            .getMessage());
        }
    }

    /** The rest of the tensor is cut off after its first part was read. */
    @Test
    void read_truncatedBetweenTwoParts_isAnIoException() throws IOException {
        Path file = Files.write(folder.resolve("data"), new byte[4 * 64 * 1024 * 2]);
        try (FileChannel channel = FileChannel.open(file)) {
            ArrayBytes.Region whole = ArrayBytes.of(channel, 0);
            ArrayBytes.Region region = (offset, into) -> {
                whole.copy(offset, into);
                truncate(file);
            };
            assertEquals(
                    SHORTER,
                    assertThrows(
                                    IOException.class,
                                    () -> ArrayBytes.read(StoredType.F16, new long[] {4, 64 * 1024}, region))
                            .getMessage());
        }
    }

    @Test
    void read_safetensorsTruncatedAfterOpening_namesFileAndTensor() throws IOException {
        Path file = folder.resolve("model.safetensors");
        SafeTensors.write(file, Map.of("w", Nd4j.ones(SHAPE)), Map.of());
        try (SafeTensors tensors = SafeTensors.open(file)) {
            truncate(file);
            assertEquals(
                    file + ": tensor 'w' at [0, 262144) cannot be read: " + SHORTER,
                    assertThrows(IOException.class, () -> tensors.read("w")).getMessage());
        }
    }
}
