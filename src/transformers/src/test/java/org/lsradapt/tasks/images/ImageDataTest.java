package org.lsradapt.tasks.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.Picture;

class ImageDataTest {
    @TempDir
    Path folder;

    private static String message(ImageData data) {
        return assertThrows(IOException.class, data::read).getMessage();
    }

    @Test
    void read_folderPerClass_holdsOutATenth() throws IOException {
        SmallImages.write(folder, 20);
        Files.writeString(folder.resolve("left/notes.txt"), "not a picture");
        Files.createDirectories(folder.resolve(".cache"));
        LabelledData data = ImageData.of(folder).read();
        assertEquals("images", data.task().name());
        assertEquals(List.of("left", "right"), data.task().labels());
        assertEquals(36, data.train().size());
        assertEquals(4, data.evaluation().size());
        assertEquals(
                2,
                data.evaluation().stream()
                        .filter(example -> example.category() == 1)
                        .count());
        assertTrue(Files.exists(Path.of(data.train().get(0).first())));
        assertEquals(8, ImageData.of(folder).heldOut(0.2).read().evaluation().size());
    }

    @Test
    void read_trainAndVal_areTheParts() throws IOException {
        SmallImages.write(folder.resolve("train"), 3);
        SmallImages.write(folder.resolve("val"), 2);
        LabelledData data = ImageData.of(folder).read();
        assertEquals(6, data.train().size());
        assertEquals(4, data.evaluation().size());
        assertTrue(data.evaluation().get(0).first().contains("val"));
    }

    @Test
    void read_table_takesPathsFromItsFolderOn() throws IOException {
        SmallImages.write(folder.resolve("pictures"), 2);
        Path table = folder.resolve("all.csv");
        Files.writeString(
                table,
                "file,kind\npictures/left/0.png,a\npictures/right/0.png,b\npictures/left/1.jpg,a\npictures/right/1.jpg,b\n");
        LabelledData data =
                ImageData.of(table).image("file").label("kind").heldOut(0.5).read();
        assertEquals(List.of("a", "b"), data.task().labels());
        assertEquals(2, data.evaluation().size());
        assertEquals(
                4,
                ImageData.of(table)
                        .image("file")
                        .label("kind")
                        .dev(table)
                        .read()
                        .train()
                        .size());
    }

    @Test
    void read_idx_hasAPictureForEachRecord() throws IOException {
        writeIdx("train", false, 6);
        writeIdx("t10k", true, 3);
        LabelledData data = ImageData.of(folder).read();
        assertEquals(6, data.train().size());
        assertEquals(3, data.evaluation().size());
        assertEquals(2, data.train().get(5).category());
        Picture picture = ImageSource.at(data.train().get(5).first()).read();
        assertEquals(1, picture.channels());
        assertEquals(5 * 6 + 4, picture.sample(1, 1, 0));
        Path images = folder.resolve("train-images-idx3-ubyte");
        String far = assertThrows(
                        IOException.class, () -> ImageSource.at(images + "#6").read())
                .getMessage();
        assertEquals(images + ": has 6 pictures, there is no number 6", far);
    }

    /** Pictures of two rows of three samples, which count on. */
    private void writeIdx(String part, boolean packed, int count) throws IOException {
        ByteBuffer images = ByteBuffer.allocate(16 + 6 * count)
                .putInt(0x803)
                .putInt(count)
                .putInt(2)
                .putInt(3);
        ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 6; j++) {
                images.put((byte) (6 * i + j));
            }
            labels.put((byte) (i % 3));
        }
        write(part + "-images-idx3-ubyte", packed, images.array());
        write(part + "-labels-idx1-ubyte", packed, labels.array());
    }

    private void write(String name, boolean packed, byte[] bytes) throws IOException {
        if (!packed) {
            Files.write(folder.resolve(name), bytes);
            return;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        Files.write(folder.resolve(name + ".gz"), out.toByteArray());
    }

    @Test
    void read_malformedIdx_isRefused() throws IOException {
        Path images = folder.resolve("train-images-idx3-ubyte");
        writeIdx("train", false, 6);
        byte[] whole = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(whole, 30));
        assertEquals(images + ": has 14 bytes after its header, expected 36", message(ImageData.of(folder)));
        Files.write(
                images,
                ByteBuffer.allocate(16)
                        .putInt(0x803)
                        .putInt(1 << 30)
                        .putInt(1 << 20)
                        .putInt(1 << 20)
                        .array());
        assertTrue(message(ImageData.of(folder)).contains("says 1073741824 records of 1048576 x 1048576"));
        Files.write(images, ByteBuffer.allocate(16).putInt(0x802).array());
        assertTrue(message(ImageData.of(folder)).contains("begins with 00000802, expected 00000803"));
        Files.write(images, new byte[3]);
        assertTrue(message(ImageData.of(folder)).contains("has 3 bytes, expected an IDX file's header"));
        Files.delete(images);
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), whole);
        assertTrue(message(ImageData.of(folder)).contains("is not packed by gzip"));
    }

    @Test
    void read_cifar_hasNamesAndChannelsInPlanes() throws IOException {
        byte[] batch = new byte[2 * 3073];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = (byte) (i % 251);
        }
        batch[0] = 1;
        batch[3073] = 0;
        Files.write(folder.resolve("data_batch_1.bin"), batch);
        Files.write(folder.resolve("test_batch.bin"), batch);
        Files.writeString(folder.resolve("batches.meta.txt"), "airplane\nautomobile\n\n");
        LabelledData data = ImageData.of(folder).read();
        assertEquals(List.of("airplane", "automobile"), data.task().labels());
        assertEquals(1, data.train().get(0).category());
        Picture picture = ImageSource.at(data.train().get(1).first()).read();
        assertEquals((3073 + 1 + 2 * 1024 + 33) % 251, picture.sample(1, 1, 2));
        batch[3073] = 10;
        Files.write(folder.resolve("data_batch_2.bin"), batch);
        assertTrue(message(ImageData.of(folder)).contains("record 1 has the label 10, expected 0 to 9"));
        Files.write(folder.resolve("data_batch_2.bin"), new byte[3074]);
        assertTrue(message(ImageData.of(folder)).contains("has 3074 bytes, expected a multiple of 3073"));
    }

    @Test
    void read_folderWithoutPicturesBesideOthers_isRefused() throws IOException {
        SmallImages.write(folder, 2);
        Path other = Files.createDirectories(folder.resolve("middle/deeper")).getParent();
        Files.writeString(other.resolve("a.webp"), "");
        assertEquals(
                other + ": has no .jpg, .jpeg, .png files in it, expected some, as each folder beside it is a class",
                message(ImageData.of(folder)));
        Files.createDirectories(folder.resolve(".cache"));
        Files.copy(folder.resolve("left/0.png"), other.resolve("a.PNG"));
        assertEquals(3, ImageData.of(folder).heldOut(0.5).read().task().labels().size());
    }

    @Test
    void read_whatIsMissing_isNamed() throws IOException {
        assertTrue(message(ImageData.of(folder)).contains("has no folders with .jpg, .jpeg, .png files in them"));
        Path table = folder.resolve("t.csv");
        Files.writeString(table, "image,label\nnowhere.png,a\nnor.png,b\n");
        assertTrue(message(ImageData.of(table)).contains("there is no file " + folder.resolve("nowhere.png")));
        SmallImages.write(folder.resolve("train"), 2);
        Files.createDirectories(folder.resolve("val/other"));
        Files.copy(folder.resolve("train/left/0.png"), folder.resolve("val/other/0.png"));
        assertTrue(message(ImageData.of(folder)).contains("other"));
    }
}
