package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufDraft;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.GgmlType;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.io.internal.frameworks.TensorFlowBundle;
import org.lsradapt.io.internal.frameworks.TinyBundle;
import org.lsradapt.io.internal.frameworks.TinyOnnx;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Files of tensors: safetensors and its shards, GGUF, ONNX, TensorFlow's checkpoints. */
final class TensorFiles {

    private static final String SAFE_TENSORS =
            "io.SafeTensors io.SafeTensorsHeader io.internal.ArrayBytes io.internal.StoredType";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String BUNDLE = "variables";
    private static final int FOOTER_BYTES = 48;
    private static final int TRAILER_BYTES = 5;

    private TensorFiles() {}

    static List<Subject> subjects() {
        return List.of(
                new Subject(
                        "safetensors", SAFE_TENSORS, 12, 128, TensorFiles::safeTensors, TensorFiles::readSafeTensors),
                new Subject(
                        "shards",
                        SAFE_TENSORS + " io.ShardedSafeTensors io.internal.JsonFile",
                        4,
                        128,
                        TensorFiles::shards,
                        TensorFiles::readShards),
                new Subject(
                        "gguf",
                        "io.Gguf io.GgufHeader io.GgufInput io.GgufValue io.GgufMetadata io.internal.GgmlType",
                        12,
                        128,
                        TensorFiles::gguf,
                        TensorFiles::readGguf),
                new Subject(
                        "onnx",
                        "io.internal.frameworks.OnnxInitializers io.internal.frameworks.OnnxGraph",
                        15,
                        128,
                        TensorFiles::onnx,
                        TensorFiles::readOnnx),
                new Subject(
                        "tensorflow",
                        "io.internal.frameworks.TensorFlowBundle io.internal.frameworks.LevelDbTable",
                        15,
                        128,
                        TensorFiles::bundles,
                        TensorFiles::readBundle,
                        TensorFiles::repaired));
    }

    /** Reads every tensor in every way. */
    static void readAll(TensorSource tensors) throws IOException {
        for (String name : tensors.names()) {
            tensors.stored(name);
            if (tensors.dataType(name) != DataType.UNKNOWN) {
                tensors.read(name).close();
            }
        }
    }

    /** Tensors of every type that can be written, among them a scalar and an empty one. */
    private static Map<String, INDArray> tensors() {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        for (DataType type : List.of(
                DataType.DOUBLE,
                DataType.FLOAT,
                DataType.FLOAT16,
                DataType.BFLOAT16,
                DataType.INT64,
                DataType.INT32,
                DataType.INT16,
                DataType.INT8,
                DataType.UINT64,
                DataType.UINT32,
                DataType.UINT16,
                DataType.UINT8,
                DataType.BOOL)) {
            tensors.put(
                    "a." + type,
                    Nd4j.createFromArray(1f, 0f, 3f, 1f, 2f, 1f).reshape(2, 3).castTo(type));
        }
        tensors.put("scalar", Nd4j.scalar(1.5f));
        tensors.put("empty", Nd4j.create(DataType.FLOAT, 0, 3));
        return tensors;
    }

    private static List<FileSet> safeTensors() throws IOException {
        return List.of(
                FileSet.written(folder ->
                        SafeTensors.write(folder.resolve("model.safetensors"), tensors(), Map.of("format", "pt"))),
                FileSet.written(folder -> SafeTensors.write(
                        folder.resolve("model.safetensors"), Map.of("x", Nd4j.ones(DataType.FLOAT, 3)), Map.of())));
    }

    private static void readSafeTensors(Path folder) throws IOException {
        try (SafeTensors tensors = SafeTensors.open(folder.resolve("model.safetensors"))) {
            readAll(tensors);
            for (String name : tensors.names()) {
                if (tensors.storedType(name) != tensors.dataType(name)) {
                    tensors.readStored(name).close();
                }
            }
        }
    }

    private static List<FileSet> shards() throws IOException {
        return List.of(FileSet.written(folder -> {
            Path whole = folder.resolve("whole");
            SafeTensors.write(whole, tensors(), Map.of());
            try (SafeTensors all = SafeTensors.open(whole)) {
                ShardedSafeTensors.write(folder.resolve(INDEX), all, Map.of("format", "pt"), 100);
            }
            Files.delete(whole);
        }));
    }

    private static void readShards(Path folder) throws IOException {
        try (ShardedSafeTensors tensors = ShardedSafeTensors.open(folder.resolve(INDEX))) {
            readAll(tensors);
        }
    }

    private static List<FileSet> gguf() {
        Random random = new Random(1);
        GgufDraft every = new GgufDraft()
                .text("general.name", "a")
                .integer("general.alignment", 32)
                .number("b", 1.5f)
                .flag("c", true)
                .texts("d", List.of("", "e", "\u00e9"))
                .integers("f", 1, -2)
                .numbers("g", 0.5f);
        for (GgmlType type : GgmlType.values()) {
            byte[] block = new byte[type.blockBytes()];
            random.nextBytes(block);
            every.tensor("t." + type, (int) number(type), block, type.blockLength(), 1);
        }
        GgufDraft small = new GgufDraft().text("a", "b").tensor("x", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        return List.of(FileSet.of("model.gguf", every.bytes()), FileSet.of("model.gguf", small.bytes()));
    }

    private static long number(GgmlType type) {
        long number = 0;
        while (GgmlType.of(number).filter(type::equals).isEmpty()) {
            number++;
        }
        return number;
    }

    private static void readGguf(Path folder) throws IOException {
        try (Gguf file = Gguf.open(folder.resolve("model.gguf"))) {
            file.names().forEach(file::typeName);
            readAll(file);
        }
    }

    private static List<FileSet> onnx() throws IOException {
        TinyOnnx.Fields raw = TinyOnnx.initializer(
                TinyOnnx.name("w"), TinyOnnx.type(1), TinyOnnx.shape(2, 3), TinyOnnx.raw(1, 2, 3, 4, 5, 6));
        TinyOnnx.Fields inParts = TinyOnnx.initializer(
                TinyOnnx.name("b"),
                TinyOnnx.type(1),
                TinyOnnx.shape(3),
                TinyOnnx.field(4, TinyOnnx.floats(1, 2)),
                TinyOnnx.field(4, TinyOnnx.floats(3)));
        TinyOnnx.Fields other =
                TinyOnnx.initializer(TinyOnnx.name("i"), TinyOnnx.type(7), TinyOnnx.shape(1), TinyOnnx.integer(14, 1));
        TinyOnnx.Fields node = TinyOnnx.field(
                1,
                TinyOnnx.message(
                        TinyOnnx.string(1, "x"),
                        TinyOnnx.string(1, "w"),
                        TinyOnnx.string(2, "y"),
                        TinyOnnx.string(3, "n"),
                        TinyOnnx.string(4, "MatMul"),
                        TinyOnnx.field(5, TinyOnnx.message(TinyOnnx.string(1, "transB"), TinyOnnx.integer(3, 1)))));
        return List.of(
                FileSet.of("model.onnx", TinyOnnx.model(node, raw, inParts, other)),
                FileSet.of("model.onnx", TinyOnnx.model(raw)));
    }

    private static void readOnnx(Path folder) throws IOException {
        try (OnnxInitializers model = OnnxInitializers.open(folder.resolve("model.onnx"))) {
            model.nodes();
            model.names().forEach(model::storage);
            readAll(model);
        }
    }

    private static List<FileSet> bundles() throws IOException {
        TinyBundle several = new TinyBundle()
                .add("model/a/kernel", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)
                .add("model/a/bias", new long[] {3}, 7, 8, 9)
                .add("model/scalar", new long[] {}, 1)
                .add("model/empty", new long[] {0, 4})
                .entry("model/step", 9, new long[] {}, 0, 8, 0);
        TinyBundle one = new TinyBundle().add("x", new long[] {1}, 1);
        return List.of(files(several), files(one));
    }

    private static FileSet files(TinyBundle bundle) throws IOException {
        return FileSet.of(BUNDLE + ".index", bundle.index()).with(BUNDLE + ".data-00000-of-00001", bundle.data());
    }

    private static void readBundle(Path folder) throws IOException {
        try (TensorFlowBundle bundle = TensorFlowBundle.open(folder.resolve(BUNDLE))) {
            readAll(bundle);
        }
    }

    /** With the checksums of the blocks that footer and index block name. */
    private static FileSet repaired(FileSet files) {
        byte[] table = files.files().get(BUNDLE + ".index");
        if (table == null || table.length < FOOTER_BYTES) {
            return files;
        }
        byte[] repaired = table.clone();
        List<long[]> blocks = new ArrayList<>();
        ByteBuffer footer = ByteBuffer.wrap(repaired, repaired.length - FOOTER_BYTES, FOOTER_BYTES);
        blocks.add(handle(footer));
        blocks.add(handle(footer));
        long[] index = blocks.get(1);
        if (isInside(index, repaired)) {
            ByteBuffer entries = ByteBuffer.wrap(repaired, (int) index[0], (int) index[1]);
            while (entries.remaining() > 8) {
                varint(entries);
                long fresh = varint(entries);
                varint(entries);
                entries.position((int) Math.max(0, Math.min(entries.limit(), entries.position() + fresh)));
                blocks.add(handle(entries));
            }
        }
        for (long[] block : blocks) {
            if (isInside(block, repaired)) {
                int end = (int) (block[0] + block[1]);
                CRC32C crc = new CRC32C();
                crc.update(repaired, (int) block[0], (int) block[1] + 1);
                int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
                ByteBuffer.wrap(repaired).order(ByteOrder.LITTLE_ENDIAN).putInt(end + 1, masked);
            }
        }
        return files.with(BUNDLE + ".index", repaired);
    }

    private static boolean isInside(long[] block, byte[] table) {
        long room = table.length - FOOTER_BYTES - TRAILER_BYTES;
        return block[0] >= 0 && block[1] >= 0 && block[0] <= room && block[1] <= room - block[0];
    }

    private static long[] handle(ByteBuffer from) {
        return new long[] {varint(from), varint(from)};
    }

    private static long varint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; from.hasRemaining(); shift += 7) {
            int part = from.get();
            value |= (long) (part & 0x7f) << (shift & 63);
            if (part >= 0) {
                break;
            }
        }
        return value;
    }
}
