package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.lsradapt.adapters.Resealed;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Folders with one flaw each, and some that have none. */
final class RefusedFolders {
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String UP = "base_model.model.blocks.0.größe.lsr_";

    /** What is flawed, and how. */
    private final Map<String, Flaw> flaws = new LinkedHashMap<>();

    /** Spoils a folder that {@code base} wrote. */
    private record Flaw(Base base, Spoiler spoiler) {}

    private interface Base {
        void save(Path folder) throws IOException;
    }

    private interface Spoiler {
        void spoil(Path folder) throws IOException;
    }

    private RefusedFolders() {}

    private void addConfigurations(Base alone) {
        flaws.put("no-configuration", new Flaw(alone, folder -> Files.delete(folder.resolve(CONFIG))));
        flaws.put("no-tensors", new Flaw(alone, folder -> Files.delete(folder.resolve(TENSORS))));
        flaws.put("cut", bytes(alone, bytes -> Arrays.copyOf(bytes, bytes.length - 3)));
        flaws.put("one-bit", bytes(alone, bytes -> {
            bytes[bytes.length / 2] ^= 4;
            return bytes;
        }));
        flaws.put("version", text(alone, "\"format_version\" : 4", "\"format_version\" : 9000"));
        flaws.put("field-more", text(alone, "\"seed\" :", "\"more\" : 1, \"seed\" :"));
        flaws.put(
                "field-of-later-version",
                text(alone, "\"storage\" :", "\"base_precision\" : \"int4\", \"storage\" :"));
        flaws.put("field-less", text(alone, "\"term_weights\" : true,", ""));
        flaws.put("text-for-number", text(alone, "\"r\" : 4", "\"r\" : \"4\""));
        flaws.put("fraction", text(alone, "\"separation_rank\" : 3", "\"separation_rank\" : 3.5"));
        flaws.put("name-twice", text(alone, "\"r\" : 4", "\"r\" : 4, \"r\" : 4"));
        flaws.put("no-json", text(alone, "\"r\" : 4,", "\"r\" : 4"));
        flaws.put("other-alpha", text(alone, "\"alpha\" : 1.3", "\"alpha\" : 1.31"));
        flaws.put("rule", text(alone, "\"scaling_rule\" : \"alpha\"", "\"scaling_rule\" : \"alpha/2\""));
        flaws.put("initialization", text(alone, "\"zero-update\"", "\"zero\""));
        flaws.put("no-rank", text(alone, "\"r\" : 4", "\"r\" : 0"));
        flaws.put("storage-fp8", text(alone, "\"fp32\"", "\"fp8-e4m3\""));
        flaws.put("layer-twice", text(alone, "\"blocks.0.down\"", "\"blocks.0.größe\""));
        flaws.put("split", text(alone, "\"in_factors\" : [ ]", "\"in_factors\" : [ 5, 2 ]"));
        flaws.put("other-split", text(alone, "\"in_factors\" : [ ]", "\"in_factors\" : [ 6, 2 ]"));
        flaws.put("rank-split", text(alone, "\"rank_factors\" : [ ]", "\"rank_factors\" : [ 3, 1 ]"));
        flaws.put("peft", new Flaw(alone, folder -> Files.writeString(
                folder.resolve(CONFIG), "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}")));
    }

    private void addTensors(Base alone) {
        flaws.put("tensor-less", tensors(alone, all -> all.remove(UP + "A2")));
        flaws.put(
                "tensor-more",
                tensors(alone, all -> all.put("base_model.model.more", Nd4j.zeros(DataType.FLOAT, 2))));
        flaws.put(
                "tensor-of-doubles",
                tensors(alone, all -> all.computeIfPresent(UP + "A2", (name, array) -> array.castTo(DataType.DOUBLE))));
        flaws.put("tensor-shape", tensors(alone, all -> all.put(UP + "B1", Nd4j.zeros(DataType.FLOAT, 3, 3, 5))));
        flaws.put("weights-shape", tensors(alone, all -> all.put(UP + "A_lambda", Nd4j.zeros(DataType.FLOAT, 4))));
        flaws.put("not-a-number", tensors(alone, all -> all.get(UP + "B2").putScalar(3, Float.NaN)));
        flaws.put(
                "infinite-weight",
                tensors(alone, all -> all.get(UP + "B_lambda").putScalar(1, Float.POSITIVE_INFINITY)));
        Base packed = folder -> FolderCases.saveAlone(folder, Precision.INT4);
        flaws.put("minus-eight", tensors(packed, all -> {
            INDArray bytes = all.get(UP + "A1").castTo(DataType.INT32);
            bytes.putScalar(new int[] {0, 1, 0}, (bytes.getInt(0, 1, 0) & 0xF0) | 8);
            all.put(UP + "A1", bytes.castTo(DataType.UINT8));
        }));
        flaws.put("negative-scale", tensors(packed, all -> all.get(UP + "A1.scale").muli(-1)));
        flaws.put(
                "infinite-scale",
                tensors(packed, all -> all.get(UP + "A1.scale").putScalar(0, Float.POSITIVE_INFINITY)));
        flaws.put("scales-shape", tensors(packed, all -> all.put(UP + "A1.scale", Nd4j.ones(DataType.FLOAT, 2))));
    }

    private void addHeads() {
        Base head = folder -> {
            TaskDescription two = TaskDescription.classification("colours", List.of("rot", "blau"), false);
            try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, DataType.FLOAT, two, null)) {
                tiny.save(folder);
            }
        };
        flaws.put("labels-swapped", altered(head, "\"rot\", \"blau\"", "\"blau\", \"rot\""));
        flaws.put("one-label", text(head, "\"rot\", \"blau\"", "\"rot\""));
        flaws.put("regression-with-labels", text(head, "\"classification\"", "\"regression\""));
        flaws.put("outputs", text(head, "\"outputs\" : 2", "\"outputs\" : 3"));
        flaws.put("no-length", text(head, "\"max_length\" : 16", "\"max_length\" : 0"));
        flaws.put("head-shape", tensors(
                head, all -> all.put("base_model.model.classifier.bias", Nd4j.zeros(DataType.FLOAT, 3))));
    }

    /** Version 7, and fields of it in other versions. */
    private void addEmbeddings() {
        Base embedding = FolderCases::saveEmbedding;
        String settings = "\"embedding\" : {";
        flaws.put("version-9", text(embedding, "\"format_version\" : 7", "\"format_version\" : 9"));
        flaws.put("embedding-in-6", text(embedding, "\"format_version\" : 7", "\"format_version\" : 6"));
        flaws.put("embedding-elsewhere", text(embedding, settings, "\"embeddings\" : {"));
        flaws.put("embedding-of-6", text(
                FolderCases::saveOnRoundedBase, "\"kind\" : \"text\"", "\"kind\" : \"embedding\""));
        flaws.put("text-in-7", text(embedding, "\"kind\" : \"embedding\"", "\"kind\" : \"text\""));
        flaws.put("pooling", text(embedding, "\"pooling\" : \"mean\"", "\"pooling\" : \"max\""));
        flaws.put("normalized", text(embedding, "\"normalized\" : true", "\"normalized\" : \"true\""));
        flaws.put("prefix-less", text(embedding, "\"query_prefix\" : \"Frage: \",", ""));
        flaws.put("embedding-more", text(embedding, settings, settings + " \"max_length\" : 16,"));
        flaws.put("embedding-with-labels", text(
                embedding, "\"kind\" : \"embedding\"", "\"kind\" : \"embedding\", \"labels\" : [ ]"));
        flaws.put("embedding-with-head", text(
                embedding, "\"task\" :", "\"head\" : { \"outputs\" : 1, \"parameters\" : [ ] }, \"task\" :"));
        flaws.put("no-base-precision", text(embedding, "\"base_precision\" : \"stored\",", ""));
        flaws.put("base-precision", text(embedding, "\"base_precision\" : \"stored\"", "\"base_precision\" : \"fp8\""));
        flaws.put("base-precision-fp16", text(embedding, "\"base_precision\" : \"stored\"", "\"base_precision\" : \"fp16\""));
        flaws.put("model-type-less", text(embedding, "\"model_type\" : \"bert\",", ""));
        flaws.put("kind-above", text(embedding, "\"storage\" :", "\"peft_type\" : \"LSR\", \"storage\" :"));
        flaws.put("kind-unknown", text(embedding, "\"peft_type\" : \"LSR\"", "\"peft_type\" : \"LSR2\""));
    }

    /** Version 5, with adapters of other papers. */
    private void addKinds() {
        Base kinds = BaselineCases::saveKinds;
        String query = "base_model.model.encoder.1.query.kronecker_";
        String value = "base_model.model.encoder.2.value.kronecker_";
        flaws.put("accepted-kinds", new Flaw(kinds, folder -> {}));
        flaws.put("kinds-in-4", text(kinds, "\"format_version\" : 5", "\"format_version\" : 4"));
        flaws.put("kinds-in-int8", text(kinds, "\"storage\" : \"fp32\"", "\"storage\" : \"int8\""));
        flaws.put("method", text(kinds, "\"method\" : \"krona\"", "\"method\" : \"kron\""));
        flaws.put("krona-with-rank", text(kinds, "\"method\" : \"lokr\"", "\"method\" : \"krona\""));
        flaws.put("no-terms", text(kinds, "\"terms\" : 1", "\"terms\" : 0"));
        flaws.put("two-splits", text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 4, 3 ]"));
        flaws.put("three-widths", text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 4, 0, 0 ]"));
        flaws.put("other-split", text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 3, 0 ]"));
        flaws.put("split-of-nothing", text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 5, 0 ]"));
        flaws.put("alpha-of-lsr", text(kinds, "\"method\" : \"krona\",", "\"method\" : \"krona\", \"alpha\" : 1.5,"));
        flaws.put("shared-differ", tensors(kinds, all -> all.get(query + "first_in").putScalar(2, 0.123)));
        flaws.put("part-less", tensors(kinds, all -> all.remove(query + "second_out")));
        flaws.put("other-width", tensors(kinds, all -> all.put(value + "first", Nd4j.ones(DataType.FLOAT, 1, 4, 7))));
        flaws.put("infinite-factor", tensors(kinds, all -> all.get(value + "second").putScalar(1, Float.POSITIVE_INFINITY)));
    }

    /** What must not be refused. */
    private void addAccepted(Base alone) {
        flaws.put("accepted-whole", new Flaw(FolderCases::saveEmbedding, folder -> {}));
        flaws.put("accepted-without-seal", tensors(alone, all -> {}));
        flaws.put("accepted-white-space", new Flaw(FolderCases::saveEmbedding, folder -> {
            Path file = folder.resolve(CONFIG);
            Files.writeString(file, Files.readString(file).replace("  ", "\t").replace(" : ", ":").replace("\n", "\r\n"));
        }));
        flaws.put("accepted-zero-scale", tensors(
                folder -> FolderCases.saveAlone(folder, Precision.INT8),
                all -> all.get(UP + "A1.scale").putScalar(1, 0)));
        flaws.put("accepted-other-seed", text(alone, "\"seed\" : -8", "\"seed\" : 9223372036854775807"));
    }

    /** The case: what is wrong with each folder, or that nothing is. */
    static KitCase make() {
        RefusedFolders folders = new RefusedFolders();
        Base alone = folder -> FolderCases.saveAlone(folder, Precision.FP32);
        folders.addConfigurations(alone);
        folders.addTensors(alone);
        folders.addHeads();
        folders.addEmbeddings();
        folders.addAccepted(alone);
        return make("folders-refused", "folders-refused", folders);
    }

    /** The same of folders with other kinds of adapters. */
    static KitCase makeKinds() {
        RefusedFolders folders = new RefusedFolders();
        folders.addKinds();
        return make("kinds-refused", "baselines", folders);
    }

    private static KitCase make(String name, String capability, RefusedFolders folders) {
        KitCase made = new KitCase(name, capability, "refuse-folders").files(caseFolder -> {
            for (Map.Entry<String, Flaw> flaw : folders.flaws.entrySet()) {
                Path folder = caseFolder.resolve(flaw.getKey());
                flaw.getValue().base().save(folder);
                flaw.getValue().spoiler().spoil(folder);
            }
        });
        folders.flaws.keySet().forEach(made.settings.putArray("folders")::add);
        return made.scalars(0, folders.flaws.keySet().toArray(new String[0]));
    }

    private interface ByteChange {
        byte[] change(byte[] bytes);
    }

    private static Flaw bytes(Base base, ByteChange change) {
        return new Flaw(base, folder -> {
            Path file = folder.resolve(TENSORS);
            Files.write(file, change.change(Files.readAllBytes(file)));
        });
    }

    /** Another configuration, with the seal and the checksum that it has. */
    private static Flaw text(Base base, String from, String to) {
        return new Flaw(base, folder -> edit(folder, from, to, true));
    }

    /** Another configuration, with the seal of the one that it was. */
    private static Flaw altered(Base base, String from, String to) {
        return new Flaw(base, folder -> edit(folder, from, to, false));
    }

    private static void edit(Path folder, String from, String to, boolean sealed) throws IOException {
        Path file = folder.resolve(CONFIG);
        String text = Files.readString(file, StandardCharsets.UTF_8);
        int at = text.indexOf(from);
        if (at < 0) {
            throw new IllegalStateException(file + " does not have " + from);
        }
        Files.writeString(file, text.substring(0, at) + to + text.substring(at + from.length()));
        if (sealed) {
            Path tensors = folder.resolve(TENSORS);
            byte[] bytes = Resealed.tensors(Files.readAllBytes(tensors), Files.readAllBytes(file));
            Files.write(tensors, bytes);
            Files.write(file, Resealed.config(Files.readAllBytes(file), bytes));
        }
    }

    /** Other tensors, with the length and the checksum that they have. */
    private static Flaw tensors(Base base, Consumer<Map<String, INDArray>> change) {
        return new Flaw(base, folder -> {
            Path file = folder.resolve(TENSORS);
            Map<String, INDArray> all = KitFiles.readTensors(file);
            change.accept(all);
            SafeTensors.write(file, all, Map.of("format", "pt"));
            byte[] bytes = Files.readAllBytes(file);
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            ObjectNode config = JsonFile.readObject(folder.resolve(CONFIG));
            ((ObjectNode) config.get("tensors"))
                    .put("bytes", bytes.length)
                    .put("crc32c", String.format(Locale.ROOT, "%08x", crc.getValue()));
            JsonFile.write(folder.resolve(CONFIG), config);
        });
    }
}
