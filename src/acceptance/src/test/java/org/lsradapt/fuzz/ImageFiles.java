package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.lsradapt.data.LabelledData;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.Picture;
import org.lsradapt.tasks.images.CaptionData;
import org.lsradapt.tasks.images.ImageData;

/** Pictures, and data sets of them. */
final class ImageFiles {
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/images");
    private static final int PNG_SIGNATURE = 8;

    /** A compressed pixel can be of two thousandths of a byte, and takes up to 15 bytes on its way. */
    private static final int PICTURE = 32_000;

    private static final int RECORD = 2048;

    private ImageFiles() {}

    static List<Subject> subjects() {
        return List.of(
                new Subject(
                        "picture",
                        "images.PictureFile images.JpegMarkers images.Orientation",
                        3,
                        PICTURE,
                        ImageFiles::pictures,
                        folder -> Picture.read(folder.resolve("picture")),
                        ImageFiles::withChecksums),
                new Subject(
                        "image-data",
                        "images.RecordFile tasks.images.ImageData",
                        3,
                        RECORD,
                        ImageFiles::data,
                        ImageFiles::readData),
                new Subject(
                        "captions",
                        "data.files.LineReader data.files.JsonRow tasks.images.CaptionData data.rules.TextProblem retrieval.PairData",
                        1,
                        RECORD,
                        ImageFiles::captions,
                        ImageFiles::readCaptions));
    }

    private static List<FileSet> pictures() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String name : List.of(
                "rgb.png",
                "palette.png",
                "grey-alpha.png",
                "two-colours.png",
                "wide.jpg",
                "progressive.jpg",
                "turned.jpg")) {
            seeds.add(FileSet.of("picture", Files.readAllBytes(GOLDEN.resolve(name))));
        }
        return seeds;
    }

    /** Of a PNG file, those of its chunks, as far as they can be told apart. */
    private static FileSet withChecksums(FileSet files) {
        byte[] content = files.files().getOrDefault("picture", new byte[0]).clone();
        ByteBuffer in = ByteBuffer.wrap(content);
        int at = PNG_SIGNATURE;
        while (at + 12 <= content.length && content[1] == 'P') {
            int length = in.getInt(at);
            if (length < 0 || length > content.length - at - 12) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(content, at + 4, length + 4);
            in.putInt(at + 8 + length, (int) crc.getValue());
            at += 12 + length;
        }
        return files.files().containsKey("picture") ? files.with("picture", content) : files;
    }

    private static List<FileSet> data() {
        Map<String, byte[]> idx = new LinkedHashMap<>();
        for (String part : List.of("train", "t10k")) {
            ByteBuffer images = ByteBuffer.allocate(16 + 24)
                    .putInt(0x803)
                    .putInt(4)
                    .putInt(2)
                    .putInt(3);
            ByteBuffer labels =
                    ByteBuffer.allocate(8 + 4).putInt(0x801).putInt(4).put(new byte[] {0, 1, 1, 0});
            idx.put(part + "-images-idx3-ubyte", images.array());
            idx.put(part + "-labels-idx1-ubyte", labels.array());
        }
        byte[] batch = new byte[3 * 3073];
        batch[3073] = 1;
        Map<String, byte[]> cifar = new LinkedHashMap<>();
        cifar.put("data_batch_1.bin", batch);
        cifar.put("test_batch.bin", batch);
        cifar.put("batches.meta.txt", "airplane\nautomobile\n".getBytes(StandardCharsets.UTF_8));
        return List.of(new FileSet(idx), new FileSet(cifar));
    }

    private static List<FileSet> captions() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("captions.jsonl", """
                {"image": "a.png", "caption": "One."}
                {"image": "b.png", "caption": ["Two.", "\\u0032"]}
                {"image": "./a.png", "caption": "Again"}
                """.getBytes(StandardCharsets.UTF_8));
        files.put("a.png", new byte[1]);
        files.put("b.png", new byte[1]);
        return List.of(new FileSet(files));
    }

    private static void readCaptions(Path folder) throws IOException {
        CaptionData data = CaptionData.of(folder.resolve("captions.jsonl"));
        data.hasCaptions("label");
        data.read();
    }

    private static void readData(Path folder) throws IOException {
        LabelledData data = ImageData.of(folder).read();
        ImageSource.at(data.train().get(0).first()).read();
    }
}
