package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Folders that only a strict reader refuses: JSON, integers, headers and numbers at their limits. */
final class StrictFolders {
    private static final String CONFIG = "adapter_config.json";
    private static final String UP = "base_model.model.blocks.0.größe.lsr_";
    private static final SpoiledFolder.Base ALONE = RefusedFolders.ALONE;
    private static final SpoiledFolder.Base HEAD = RefusedFolders.HEAD;
    private static final SpoiledFolder.Base KINDS = BaselineCases::saveKinds;
    private static final SpoiledFolder.Base NARROW = StrictFolders::saveNarrow;

    private final Map<String, SpoiledFolder> flaws = new LinkedHashMap<>();

    private StrictFolders() {}

    static List<KitCase> all() {
        StrictFolders json = new StrictFolders();
        json.addJson();
        json.addIntegers();
        StrictFolders headers = new StrictFolders();
        headers.addEntries();
        headers.addHeaders();
        headers.addLayouts();
        StrictFolders limits = new StrictFolders();
        limits.addLimits();
        return List.of(
                json.made("json-refused"),
                headers.made("files-refused"),
                limits.made("limits-refused"),
                FolderCases.read("read-half-head", StrictFolders::saveHalfHead).since(2),
                FolderCases.read("read-half-scales", StrictFolders::saveHalfScales)
                        .since(2));
    }

    private KitCase made(String name) {
        return RefusedFolders.make(name, "folders-refused", flaws).since(2);
    }

    private void text(String name, String from, String to) {
        flaws.put(name, SpoiledFolder.text(ALONE, from, to));
    }

    private void addJson() {
        String r = "\"r\" : 4";
        text("leading-zero", r, "\"r\" : 04");
        text("plus-sign", r, "\"r\" : +4");
        text("hexadecimal", r, "\"r\" : 0x4");
        text("no-digit-behind-the-point", "\"alpha\" : 1.3", "\"alpha\" : 1.");
        text("no-digit-before-the-point", "\"alpha\" : 1.3", "\"alpha\" : .3");
        text("comma-at-the-end", "\"in_factors\" : [ ]", "\"in_factors\" : [ 4, 3, ]");
        text("comment", r, "\"r\" : 4 /* r */");
        text("line-comment", r + ",", "\"r\" : 4, // r\n");
        text("single-quotes", r, "'r' : 4");
        text("no-quotes", r, "r : 4");
        text("tab-in-a-text", "\"zero-update\"", "\"zero\tupdate\"");
        text("escape-of-nothing", "\"zero-update\"", "\"zero\\-update\"");
        text("escape-cut", "\"zero-update\"", "\"zero\\u00\"");
        text("form-feed", r, "\"r\" :\f4");
        text("no-break-space", r, "\"r\" :\u00a04");
        text("nul", r, "\"r\" :\u00004");
        text("capital-true", "\"term_weights\" : true", "\"term_weights\" : True");
        text("infinity", "\"alpha\" : 1.3", "\"alpha\" : Infinity");
        text("name-twice-escaped", r, "\"r\" : 4, \"\\u0072\" : 4");
        text("name-twice-in-check", "\"file\" :", "\"crc32c\" : \"\", \"file\" :");
        text("scaling-beyond-doubles", "\"scaling\" : 1.3", "\"scaling\" : 1e999");
        text("alpha-of-400-digits", "\"alpha\" : 1.3", "\"alpha\" : 1" + "0".repeat(400));
        flaws.put(
                "threshold-beyond-doubles",
                SpoiledFolder.text(FolderCases::saveAnswers, "[ -1.375 ]", "[ 1" + "0".repeat(400) + " ]"));
        bytes("overlong-utf-8", "größe", "gr\u00c0\u00af");
        bytes("surrogate-in-utf-8", "größe", "gr\u00ed\u00a0\u0080");
        flaws.put("utf-16", new SpoiledFolder(ALONE, folder -> {
            Path file = folder.resolve(CONFIG);
            Files.writeString(file, Files.readString(file), StandardCharsets.UTF_16LE);
        }));
        text("byte-order-mark-twice", "{", "\ufeff\ufeff{");
        text("accepted-byte-order-mark", "{", "\ufeff{");
        text("accepted-minus-zero", "\"seed\" : -8", "\"seed\" : -0");
        text("accepted-name-escaped", r, "\"\\u0072\" : 4");
        text(
                "accepted-exponents",
                "\"alpha\" : 1.3,\n    \"scaling_rule\" : \"alpha\",\n    \"scaling\" : 1.3",
                "\"alpha\" : 13e-1, \"scaling_rule\" : \"alpha\", \"scaling\" : 0.13E+1");
        flaws.put("accepted-label-tensors", SpoiledFolder.text(HEAD, "\"blau\"", "\"tensors\""));
        flaws.put("accepted-brace-in-a-label", SpoiledFolder.text(HEAD, "\"blau\"", "\"\\\"tensors\\\" : { }\""));
    }

    /** A configuration of other bytes, each a character here. */
    private void bytes(String name, String from, String to) {
        flaws.put(name, new SpoiledFolder(ALONE, folder -> {
            Path file = folder.resolve(CONFIG);
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            String found = new String(from.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            Files.writeString(file, text.replace(found, to), StandardCharsets.ISO_8859_1);
        }));
    }

    /** Numbers of which 32 or 64 bits keep those that would be right. */
    private void addIntegers() {
        long wrap = 1L << 32;
        text("version-beyond-32-bits", "\"format_version\" : 1", "\"format_version\" : " + (wrap + 1));
        text("rank-beyond-32-bits", "\"r\" : 4", "\"r\" : " + (wrap + 4));
        text("terms-beyond-32-bits", "\"separation_rank\" : 3", "\"separation_rank\" : " + (wrap + 3));
        text("factors-beyond-32-bits", "\"factor_count\" : 2", "\"factor_count\" : " + (wrap + 2));
        text("size-beyond-32-bits", "\"in_factors\" : [ ]", "\"in_factors\" : [ 4, " + (wrap + 3) + " ]");
        text("smallest-beyond-32-bits", "\"r\" : 4", "\"r\" : 2147483648");
        flaws.put(
                "length-beyond-32-bits",
                SpoiledFolder.text(HEAD, "\"max_length\" : 16", "\"max_length\" : " + (wrap + 16)));
        flaws.put("outputs-beyond-32-bits", SpoiledFolder.text(HEAD, "\"outputs\" : 2", "\"outputs\" : " + (wrap + 2)));
        flaws.put(
                "dimension-beyond-32-bits",
                SpoiledFolder.text(FolderCases::saveEmbeddingOfLengths, "[ 12, 5 ]", "[ 12, " + (wrap + 5) + " ]"));
        flaws.put("bytes-beyond-64-bits", SpoiledFolder.altered(ALONE, "\"bytes\" : ", "\"bytes\" : 1844674407370955"));
        flaws.put("accepted-longest", SpoiledFolder.text(HEAD, "\"max_length\" : 16", "\"max_length\" : 2147483647"));
    }

    private void entry(String name, Consumer<ObjectNode> change) {
        flaws.put(
                name,
                SpoiledFolder.layout(ALONE, header -> change.accept((ObjectNode) header.get(UP + "A2")), data -> data));
    }

    private void addEntries() {
        for (String field : List.of("dtype", "shape", "data_offsets")) {
            entry(field + "-less", entry -> entry.remove(field));
            entry(field + "-null", entry -> entry.putNull(field));
            entry(field + "-as-text", entry -> entry.put(field, "3"));
        }
        entry("dtype-as-number", entry -> entry.put("dtype", 32));
        entry("dtype-as-array", entry -> entry.putArray("dtype").add("F32"));
        entry("dtype-in-small-letters", entry -> entry.put("dtype", "f32"));
        entry("entry-more", entry -> entry.put("more", 1));
        entry("shape-as-number", entry -> entry.put("shape", 24));
        entry("size-as-text", entry -> ((ArrayNode) entry.get("shape")).set(0, "3"));
        entry("size-with-a-point", entry -> ((ArrayNode) entry.get("shape")).set(0, 3.0));
        entry(
                "size-beyond-64-bits",
                entry -> ((ArrayNode) entry.get("shape"))
                        .set(0, BigInteger.ONE.shiftLeft(64).add(BigInteger.valueOf(3))));
        // 4·6·3·(2⁶² + 1) is 4·6·3 modulo 2⁶⁴.
        entry(
                "sizes-that-wrap",
                entry -> entry.putArray("shape").add(6).add((1L << 62) + 1).add(3));
        entry("offset-with-a-point", entry -> ((ArrayNode) entry.get("data_offsets")).set(0, 96.0));
        entry("offset-as-text", entry -> ((ArrayNode) entry.get("data_offsets")).set(1, "168"));
        entry("offsets-of-one", entry -> ((ArrayNode) entry.get("data_offsets")).remove(0));
        entry("offsets-of-three", entry -> ((ArrayNode) entry.get("data_offsets")).add(168));
        entry(
                "offset-beyond-64-bits",
                entry -> ((ArrayNode) entry.get("data_offsets"))
                        .set(1, BigInteger.ONE.shiftLeft(64).add(BigInteger.valueOf(168))));
    }

    private void header(String name, Consumer<ObjectNode> change) {
        flaws.put(name, SpoiledFolder.layout(ALONE, change, data -> data));
    }

    private void addHeaders() {
        header("entry-null", header -> header.putNull(UP + "A2"));
        header("entry-as-array", header -> header.putArray(UP + "A2").add("F32"));
        header("entry-as-text", header -> header.put(UP + "A2", "F32"));
        header("metadata-as-text", header -> header.put("__metadata__", "pt"));
        header("metadata-null", header -> header.putNull("__metadata__"));
        header("metadata-of-numbers", header -> ((ObjectNode) header.get("__metadata__")).put("format", 1));
        header("metadata-of-objects", header -> ((ObjectNode) header.get("__metadata__")).putObject("format"));
        raw("metadata-twice", text -> text.replaceFirst("\\{", "{\"__metadata__\":{},"));
        raw("space-before-header", text -> " " + text);
        raw("byte-order-mark-before-header", text -> "\ufeff" + text);
        raw("header-goes-on", text -> text + " { }");
        raw("header-with-comma", text -> text.substring(0, text.length() - 1) + ",}");
        raw("header-with-comment", text -> text.replaceFirst("\\{", "{/* */"));
        raw("header-empty", text -> "");
        flaws.put("header-not-utf-8", SpoiledFolder.file(ALONE, bytes -> {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            bytes[text.indexOf("\"format\"") + 2] = (byte) 0xff;
            return bytes;
        }));
        raw("accepted-white-space-behind", text -> text + "\n\t\r ");
    }

    /** Another text of the header. */
    private void raw(String name, UnaryOperator<String> change) {
        flaws.put(name, new SpoiledFolder(ALONE, folder -> SpoiledFolder.changeHeader(folder, change)));
    }

    private void addLayouts() {
        flaws.put("gap-at-the-beginning", moved(0, 4));
        flaws.put("gap-between", moved(96, 4));
        flaws.put(
                "bytes-shared",
                SpoiledFolder.layout(
                        ALONE,
                        header -> {
                            JsonNode first = header.get(UP + "A1");
                            header.set(UP + "B1", first.deepCopy());
                        },
                        data -> data));
        flaws.put("scalar", SpoiledFolder.tensors(ALONE, all -> all.put(UP + "A1", Nd4j.scalar(0.3f))));
        flaws.put("empty-factor", emptied(ALONE, UP + "A2"));
        for (DataType type : List.of(DataType.INT16, DataType.UINT32, DataType.UINT64, DataType.BOOL)) {
            flaws.put(
                    "more-of-" + type.name().toLowerCase(Locale.ROOT),
                    SpoiledFolder.tensors(
                            ALONE,
                            all -> all.put(
                                    "base_model.model.more",
                                    Nd4j.ones(DataType.FLOAT, 2).castTo(type))));
        }
    }

    /** The data from a place on stand so many bytes further behind. */
    private static SpoiledFolder moved(int from, int by) {
        return SpoiledFolder.layout(ALONE, header -> shift(header, from, by), data -> {
            byte[] more = new byte[data.length + by];
            System.arraycopy(data, 0, more, 0, from);
            System.arraycopy(data, from, more, from + by, data.length - from);
            return more;
        });
    }

    private static void shift(ObjectNode header, int from, int by) {
        header.properties().forEach(entry -> {
            if (entry.getValue().path("data_offsets").path(0).asInt(-1) >= from) {
                ArrayNode offsets = (ArrayNode) entry.getValue().get("data_offsets");
                offsets.set(0, IntNode.valueOf(offsets.get(0).intValue() + by));
                offsets.set(1, IntNode.valueOf(offsets.get(1).intValue() + by));
            }
        });
    }

    /** A tensor without numbers, as one of its sizes is 0. */
    private static SpoiledFolder emptied(SpoiledFolder.Base base, String tensor) {
        int[] place = new int[2];
        return SpoiledFolder.layout(
                base,
                header -> {
                    ObjectNode entry = (ObjectNode) header.get(tensor);
                    ArrayNode offsets = (ArrayNode) entry.get("data_offsets");
                    place[0] = offsets.get(0).intValue();
                    place[1] = offsets.get(1).intValue();
                    offsets.set(1, IntNode.valueOf(place[0]));
                    ((ArrayNode) entry.get("shape")).set(1, IntNode.valueOf(0));
                    shift(header, place[1], place[0] - place[1]);
                },
                data -> {
                    byte[] less = new byte[data.length - (place[1] - place[0])];
                    System.arraycopy(data, 0, less, 0, place[0]);
                    System.arraycopy(data, place[1], less, place[0], data.length - place[1]);
                    return less;
                });
    }

    private void addLimits() {
        text("terms-at-the-limit", "\"separation_rank\" : 3", "\"separation_rank\" : 65536");
        text("factors-at-the-limit", "\"factor_count\" : 2", "\"factor_count\" : 31");
        flaws.put(
                "accepted-dimension-of-1",
                SpoiledFolder.text(FolderCases::saveEmbeddingOfLengths, "[ 12, 5 ]", "[ 12, 1 ]"));
        flaws.put("accepted-rank-at-the-limit", new SpoiledFolder(NARROW, folder -> {}));
        flaws.put("rank-beyond-the-limit", new SpoiledFolder(NARROW, folder -> {
            SpoiledFolder.tensors(NARROW, all -> {
                        all.put("base_model.model.gate.lora_A", Nd4j.ones(DataType.FLOAT, 1, 1, 33));
                        all.put("base_model.model.gate.lora_B", Nd4j.ones(DataType.FLOAT, 1, 33, 1));
                    })
                    .spoiler()
                    .spoil(folder);
            SpoiledFolder.text(NARROW, "\"r\" : 32", "\"r\" : 33").spoiler().spoil(folder);
        }));
        largest("accepted-large-factors", 1e19f, 1e19f, 1, 1);
        largest("factors-beyond-floats", 1e20f, 1e20f, 1, 1);
        // Three terms whose largest numbers multiply up to 1.2e38 each.
        largest("terms-beyond-floats", 1.2e19f, 1e19f, 1, 1);
        largest("weights-beyond-floats", 1e19f, 1e18f, 100, 1);
        largest("weights-of-B-beyond-floats", 1, 1, 1, 3e38f);
    }

    /** The largest numbers of A's two factors, of its λ and of B's. */
    private void largest(String name, float first, float second, float weight, float other) {
        flaws.put(name, SpoiledFolder.tensors(ALONE, all -> {
            all.get(UP + "A1").assign(0.5f).putScalar(0, first);
            all.get(UP + "A2").assign(0.5f).putScalar(0, second);
            all.get(UP + "A_lambda").assign(0.5f).putScalar(0, weight);
            all.get(UP + "B1").assign(0.5f).putScalar(0, 1);
            all.get(UP + "B2").assign(0.5f).putScalar(0, 1);
            all.get(UP + "B_lambda").assign(0.5f).putScalar(0, other);
        }));
    }

    /** Products that are not smaller than what they make, and others that just are. */
    static KitCase makeWideKinds() {
        StrictFolders folders = new StrictFolders();
        folders.flaws.put("accepted-rank-below-half", wider("encoder.1.value", "lokr", 2));
        folders.flaws.put("terms-at-the-limit", SpoiledFolder.text(KINDS, "\"terms\" : 1", "\"terms\" : 65536"));
        folders.flaws.put("rank-of-half", wider("encoder.1.value", "lokr", 3));
        folders.flaws.put("first-rank-of-half", wider("encoder.0.query", "kadaptation", 2));
        folders.flaws.put("empty-factor", emptied(KINDS, "base_model.model.encoder.2.value.kronecker_second"));
        return RefusedFolders.make("kinds-wide-refused", "baselines", folders.flaws)
                .since(2);
    }

    /** A layer's products, and those of its fellows, of another rank. */
    private static SpoiledFolder wider(String layer, String method, int rank) {
        return new SpoiledFolder(KINDS, folder -> {
            SpoiledFolder.tensors(
                            KINDS,
                            all -> all.replaceAll((name, array) -> {
                                boolean own = method.equals("kadaptation")
                                        ? name.contains(".query.")
                                        : name.contains(layer + ".");
                                return own && name.matches(".*_(in|out)")
                                        ? Nd4j.ones(DataType.FLOAT, array.size(0), rank, array.size(2))
                                                .muli(0.3)
                                        : array;
                            }))
                    .spoiler()
                    .spoil(folder);
            SpoiledFolder.config(
                            KINDS,
                            root -> root.get("adapters").forEach(section -> {
                                if (section.path("method").asText().equals(method)) {
                                    ((ObjectNode) section).put("rank", rank);
                                }
                            }))
                    .spoiler()
                    .spoil(folder);
        });
    }

    /** A layer of one input and one output, with the largest r that it may have. */
    private static void saveNarrow(Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(FrozenLinear.of("gate", Nd4j.zeros(DataType.FLOAT, 1, 1)));
        LsrConfig alone = LsrConfig.builder()
                .bottleneckRank(32)
                .separationRank(1)
                .factorCount(1)
                .alpha(0.9)
                .seed(42)
                .build();
        try (AdapterSet set = AdapterSet.create(layers, alone, TinyAdapter.BACKEND)) {
            set.values().assign(KitFiles.normal(308, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    private static void saveHalfHead(Path folder) throws IOException {
        FolderCases.saveTwoClasses(folder);
        SpoiledFolder.tensors(HEAD, all -> {
                    all.computeIfPresent(
                            "base_model.model.classifier.weight", (name, array) -> array.castTo(DataType.FLOAT16));
                    all.computeIfPresent(
                            "base_model.model.classifier.bias", (name, array) -> array.castTo(DataType.BFLOAT16));
                })
                .spoiler()
                .spoil(folder);
    }

    private static void saveHalfScales(Path folder) throws IOException {
        FolderCases.saveAlone(folder, Precision.INT4);
        SpoiledFolder.tensors(ALONE, all -> {
                    all.computeIfPresent(UP + "A1.scale", (name, array) -> array.castTo(DataType.FLOAT16));
                    all.computeIfPresent(UP + "B2.scale", (name, array) -> array.castTo(DataType.BFLOAT16));
                })
                .spoiler()
                .spoil(folder);
    }
}
