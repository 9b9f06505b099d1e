package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Good folders changed in every way in turn: each reader says what is wrong, in one line that names the place. */
class MalformedCorpusTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/interop");
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> VALUES =
            List.of("null", "false", "true", "7.5", "-1", "\"text\"", "[]", "[7]", "[\"text\"]", "{}", "{\"a\":\"b\"}");

    /** Fields whose value says nothing about what a trained adapter computes. */
    private static final Set<String> FREE = Set.of(
            "auto_mapping",
            "revision",
            "inference_mode",
            "layers_pattern",
            "lora_dropout",
            "megatron_core",
            "qalora_group_size",
            "eva_config",
            "rank_dropout",
            "module_dropout",
            "rank_dropout_scale",
            "use_effective_conv2d",
            "decompose_both",
            "decompose_factor",
            "init_weights");

    /** Fields without which nothing can be computed. */
    private static final Set<String> REQUIRED = Set.of("peft_type", "r", "lora_alpha", "alpha", "target_modules");

    /** Fields that have a meaning, or are off. */
    private static final Set<String> OPTIONAL = Set.of(
            "peft_version",
            "base_model_name_or_path",
            "task_type",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "use_rslora",
            "bias");

    private static final Map<SmallModel, TransformerWeights> WEIGHTS = new EnumMap<>(SmallModel.class);

    @TempDir
    Path folder;

    private void copy(String name) throws IOException {
        if (name.equals("authors")) {
            Files.write(folder.resolve(TENSORS), Files.readAllBytes(GOLDEN.resolve("authors.safetensors")));
            return;
        }
        for (String file : List.of(CONFIG, TENSORS)) {
            Files.write(
                    folder.resolve(file),
                    Files.readAllBytes(GOLDEN.resolve(name).resolve(file)));
        }
    }

    /** As a new file: truncating one that is there takes ext4 many times as long. */
    private void replace(String file, byte[] bytes) throws IOException {
        Files.delete(folder.resolve(file));
        Files.write(folder.resolve(file), bytes, StandardOpenOption.CREATE_NEW);
    }

    /** A file's bytes; what {@link SafeTensors#write} writes it also forces to the disk. */
    private static byte[] safeTensors(Map<String, INDArray> tensors) {
        ObjectNode header = JSON.createObjectNode();
        ByteBuffer data = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        tensors.forEach((name, array) -> {
            ObjectNode entry = header.putObject(name).put("dtype", "F32");
            LongStream.of(array.shape()).forEach(entry.putArray("shape")::add);
            int start = data.position();
            for (float number : array.dup('c').data().asFloat()) {
                data.putFloat(number);
            }
            entry.putArray("data_offsets").add(start).add(data.position());
        });
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.position())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.flip())
                .array();
    }

    private ImportedAdapter load(String name) throws IOException {
        return name.equals("authors") ? AuthorsImport.load(folder.resolve(TENSORS), 3) : PeftImport.load(folder);
    }

    /** Reads the folder and puts it on the model; the complaint, or null if there was none. */
    private String complaint(String name) throws IOException {
        SmallModel model = name.equals("rslora") ? SmallModel.ROBERTA : SmallModel.BERT;
        TransformerWeights encoder = WEIGHTS.computeIfAbsent(model, small -> small.weights(DataType.FLOAT));
        try (ImportedAdapter imported = load(name)) {
            imported.adapters(model.family(), encoder, TinyAdapter.BACKEND).close();
            if (imported.headOutputs() > 0) {
                imported.head(encoder).close();
            }
            return null;
        } catch (IOException | IllegalArgumentException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
            return e.getMessage();
        }
    }

    private static boolean isOff(JsonNode value) {
        return value == null
                || value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainerNode() && value.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "rslora", "lokr"})
    void everyFieldOfTheConfig_inEveryWrongForm(String name) throws IOException {
        copy(name);
        ObjectNode good = (ObjectNode) JSON.readTree(folder.resolve(CONFIG).toFile());
        List<String> fields = new ArrayList<>();
        good.fieldNames().forEachRemaining(fields::add);
        fields.add("surprise");
        int cases = 0;
        for (String field : fields) {
            List<JsonNode> values = new ArrayList<>();
            values.add(null);
            for (String value : VALUES) {
                values.add(JSON.readTree(value));
            }
            for (JsonNode value : values) {
                ObjectNode config = good.deepCopy();
                if (value == null) {
                    config.remove(field);
                } else {
                    config.set(field, value);
                }
                replace(CONFIG, config.toString().getBytes(StandardCharsets.UTF_8));
                String complaint = complaint(name);
                String what = field + " = " + value + ": " + complaint;
                boolean named = complaint != null && complaint.contains("field \"" + field);
                if (FREE.contains(field)) {
                    assertEquals(null, complaint, what);
                } else if (REQUIRED.contains(field)) {
                    boolean number = value != null && value.isNumber() && field.endsWith("alpha");
                    // A list or an expression that names other layers is found out by the tensors.
                    boolean other = field.equals("target_modules")
                            && value != null
                            && (value.isTextual()
                                    || (value.isArray()
                                            && !value.isEmpty()
                                            && value.get(0).isTextual()));
                    assertTrue(
                            number ? complaint == null : named || (other && complaint.contains("target_modules")),
                            what);
                } else if (OPTIONAL.contains(field)) {
                    boolean sameType = good.get(field) != null
                            && value != null
                            && good.get(field).getNodeType() == value.getNodeType();
                    assertTrue(
                            isOff(value)
                                    || named
                                    || (sameType && complaint == null)
                                    || field.equals("base_model_name_or_path"),
                            what);
                } else if (field.equals("init_lora_weights")) {
                    assertEquals(value != null && value.isTextual(), named, what);
                } else {
                    assertEquals(!isOff(value), named, what);
                }
                cases++;
            }
        }
        assertTrue(cases > 200, cases + " cases");
    }

    @ParameterizedTest
    @CsvSource({"lora, 100", "rslora, 60", "lokr, 100", "authors, 200"})
    void everyTensor_inEveryWrongForm(String name, int least) throws IOException {
        copy(name);
        Map<String, INDArray> good = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(folder.resolve(TENSORS))) {
            for (String tensor : file.names()) {
                good.put(tensor, file.read(tensor));
            }
        }
        int cases = 0;
        for (String tensor : good.keySet()) {
            INDArray array = good.get(tensor);
            List<Map<String, INDArray>> variants = new ArrayList<>();
            variants.add(without(good, tensor));
            for (String renamed : List.of(
                    "model." + tensor,
                    tensor.replace("encoder.layer", "encoder.layers"),
                    tensor + ".extra",
                    tensor.replaceFirst("(lora|lokr)_", "loha_"),
                    tensor.replace("classifier", "pooler"))) {
                if (!renamed.equals(tensor)) {
                    Map<String, INDArray> variant = without(good, tensor);
                    variant.put(renamed, array);
                    variants.add(variant);
                }
            }
            for (int axis = 0; axis < array.rank(); axis++) {
                for (int change : new int[] {-1, 1}) {
                    long[] shape = array.shape().clone();
                    shape[axis] += change;
                    if (shape[axis] > 0) {
                        variants.add(with(good, tensor, Nd4j.ones(DataType.FLOAT, shape)));
                    }
                }
            }
            variants.add(with(good, tensor, array.reshape('c', array.length(), 1, 1, 1)));
            variants.add(with(good, "base_model.model.bert.embeddings.word_embeddings.weight", array));
            for (Map<String, INDArray> variant : variants) {
                replace(TENSORS, safeTensors(variant));
                String complaint = complaint(name);
                assertTrue(complaint != null, tensor + " of " + variant.keySet());
                assertTrue(
                        complaint.contains("tensor '")
                                || complaint.contains("layer '")
                                || complaint.contains("classifier."),
                        complaint);
                cases++;
            }
        }
        assertTrue(cases >= least, cases + " cases");
    }

    private static Map<String, INDArray> without(Map<String, INDArray> all, String tensor) {
        Map<String, INDArray> rest = new LinkedHashMap<>(all);
        rest.remove(tensor);
        return rest;
    }

    private static Map<String, INDArray> with(Map<String, INDArray> all, String tensor, INDArray array) {
        Map<String, INDArray> changed = new LinkedHashMap<>(all);
        changed.put(tensor, array);
        return changed;
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "lokr", "authors"})
    void truncatedTensorFiles_areRefused(String name) throws IOException {
        copy(name);
        byte[] bytes = Files.readAllBytes(folder.resolve(TENSORS));
        for (int i = 0; i < 60; i++) {
            replace(TENSORS, Arrays.copyOf(bytes, bytes.length * i / 60));
            assertThrows(IOException.class, () -> load(name).close());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "lokr", "authors"})
    void integers_areRefused(String name) throws IOException {
        copy(name);
        byte[] bytes = Files.readAllBytes(folder.resolve(TENSORS));
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("F32");
        bytes[at] = 'I';
        Files.write(folder.resolve(TENSORS), bytes);
        String complaint = complaint(name);
        assertTrue(complaint.contains("is INT, expected floating point"), complaint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ".lora_magnitude_vector | is a magnitude vector of DoRA, which cannot be represented here",
                ".lora_B.bias | is a trained bias, which cannot be represented here",
                ".lora_embedding_A | adapts an embedding, which cannot be represented here",
                ".bias | is a trained bias, which cannot be represented here",
                ".vera_lambda_b | is not known in an adapter of LoRA; nothing would use it",
            })
    void otherMethods_areRefusedByName(String part, String expected) throws IOException {
        copy("lora");
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(folder.resolve(TENSORS))) {
            for (String tensor : file.names()) {
                tensors.put(tensor, file.read(tensor));
            }
        }
        String name = "base_model.model.bert.encoder.layer.0.attention.self.query" + part;
        tensors.put(name, Nd4j.ones(DataType.FLOAT, 12));
        SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of());
        assertEquals(folder.resolve(TENSORS) + ": tensor '" + name + "' " + expected, complaint("lora"));
    }

    /** Without a bound each of them takes longer than the universe, on few characters or none. */
    @ParameterizedTest
    @ValueSource(
            strings = {"((){99999}){99999}", "(.*a?b?){40}y", "((|){99}){99}$", "(?!(.*.*)*x).*", "(.*)*(.*)*(.*)*"})
    void targets_byAnExpressionThatCouldTakeForever_end(String expression) throws IOException {
        copy("lora");
        ObjectNode config = (ObjectNode) JSON.readTree(folder.resolve(CONFIG).toFile());
        config.put("target_modules", expression);
        ObjectNode ranks = config.putObject("rank_pattern");
        for (int i = 0; i < 300; i++) {
            ranks.put(expression + i, 3);
        }
        JSON.writeValue(folder.resolve(CONFIG).toFile(), config);
        assertNotNull(complaint("lora"));
    }

    @Test
    void patterns_thatTogetherTakeTooLong_areRefused() throws IOException {
        copy("lora");
        ObjectNode config = (ObjectNode) JSON.readTree(folder.resolve(CONFIG).toFile());
        ObjectNode ranks = config.putObject("rank_pattern");
        for (int i = 0; i < 2000; i++) {
            ranks.put(".*(?=.*(?=.*x))" + i, 3);
        }
        JSON.writeValue(folder.resolve(CONFIG).toFile(), config);
        String complaint = complaint("lora");
        assertTrue(complaint.startsWith(folder.resolve(CONFIG) + ": regular expression '"), complaint);
        assertTrue(complaint.contains(" takes more than 50000000 steps"), complaint);
    }

    /** r² is above the largest int, or only far above the layer's widths, so that A would have gigabytes. */
    @ParameterizedTest
    @CsvSource({"46341, 2147488281", "20000, 400000000"})
    void authorsFactors_thatMultiplyUpToFarMoreThanTheLayer_areRefused(int r, String product) throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("up.lora_A1", Nd4j.ones(DataType.FLOAT, 1, r, 3));
        tensors.put("up.lora_A2", Nd4j.ones(DataType.FLOAT, 1, r, 4));
        tensors.put("up.lora_B1", Nd4j.ones(DataType.FLOAT, 1, 2, r));
        tensors.put("up.lora_B2", Nd4j.ones(DataType.FLOAT, 1, 5, r));
        SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of());
        assertEquals(
                folder.resolve(TENSORS) + ": layer 'up' has factors of r = " + r + ": bottleneck rank r is " + product
                        + " between 12 and 10 features, expected at most 16 times as many",
                assertThrows(IOException.class, () -> load("authors")).getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "use_dora | true | field \"use_dora\": found true; DoRA's magnitude vectors cannot be represented here",
                "fan_in_fan_out | true | field \"fan_in_fan_out\": found true, which",
                "bias | \"all\" | field \"bias\": found all; trained biases cannot be represented here",
                "modules_to_save | [\"classifier\", \"lm_head\"] | found [classifier, lm_head], expected none but the head",
                "init_lora_weights | \"pissa\" | field \"init_lora_weights\": found pissa, which may change the base model's",
                "task_type | \"SEQ_2_SEQ_LM\" | field \"task_type\": found SEQ_2_SEQ_LM, expected one of SEQ_CLS, TOKEN_CLS, QUESTION_ANS, FEATURE_EXTRACTION, CAUSAL",
                "task_type | \"CAUSAL_LM\" | has a head, [classifier.weight, classifier.bias], expected none with task_type CAUSAL_LM",
                "peft_type | \"ADALORA\" | field \"peft_type\": found ADALORA, expected LORA, LOKR, HIRA, VERA, FOURIERFT, MISS or UNILORA",
                "peft_type | \"LSR\" | this is a folder of this library's own, which needs no import",
                "target_modules | \"(\" | is not a regular expression",
                "target_modules | \"(){9}query\" | field \"target_modules\": regular expression '(){9}query': an empty alternative or group",
                "peft_version | \"99999999999.0\" | field \"peft_version\": found 99999999999.0, expected a version such as",
                "target_modules | [\"key\"] | adapts layer 'bert.encoder.layer.0.attention.self.query', which target_modules",
                "target_modules | [\"query\", \"value\", \"key\"] | has no adapter for the model's layer 'encoder.layer.0.attention.self.key'",
                "rank_pattern | {\"(\": 3} | field \"rank_pattern.(\": '(' is not a regular expression",
                "rank_pattern | {\"query\": 0} | field \"rank_pattern.query\": found 0, expected >= 1",
                "rank_pattern | {} | is [3, 12], expected r, the rows, to be 5",
                "lora_alpha | 1e999 | field \"lora_alpha\": found Infinity, expected a finite number",
            })
    void whatCannotBeRepresented_isRefusedByName(String field, String value, String expected) throws IOException {
        copy("lora");
        ObjectNode config = (ObjectNode) JSON.readTree(folder.resolve(CONFIG).toFile());
        config.set(field, JSON.readTree("\"placeholder\""));
        Files.writeString(folder.resolve(CONFIG), config.toString().replace("\"placeholder\"", value));
        String complaint = complaint("lora");
        assertTrue(complaint != null && complaint.contains(expected), complaint);
    }

    @Test
    void keysWithTheDefaultAdaptersName_areTheSame() throws IOException {
        copy("lora");
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(folder.resolve(TENSORS))) {
            for (String tensor : file.names()) {
                tensors.put(
                        tensor.replace(".lora_A.", ".lora_A.default.")
                                .replace(".lora_B.", ".lora_B.default.")
                                .replace("classifier.", "classifier.modules_to_save.default."),
                        file.read(tensor));
            }
        }
        SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of());
        assertEquals(null, complaint("lora"));
    }

    @Test
    void pickleAndSubfolders_arePointedOut() throws IOException {
        copy("lora");
        Files.move(folder.resolve(TENSORS), folder.resolve("adapter_model.bin"));
        String pickle = complaint("lora");
        assertTrue(pickle.contains("adapter_model.bin is not read, since a pickle can run code"), pickle);
        Path named = Files.createDirectory(folder.resolve("german"));
        Files.move(folder.resolve(CONFIG), named.resolve(CONFIG));
        String subfolders = complaint("lora");
        assertEquals(
                folder + ": has no adapter_config.json, but adapters in its subfolders [german], expected one of"
                        + " those",
                subfolders);
        Files.move(folder.resolve("adapter_model.bin"), named.resolve(TENSORS));
        PeftImport.load(named).close();
    }

    /** This library's own folders: every field of every object removed, or of each wrong type. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyFieldOfOurOwnConfig_inEveryWrongForm(boolean perLayer) throws IOException {
        try (TinyAdapter tiny = perLayer ? TinyAdapter.mixed(SmallModel.BERT) : TinyAdapter.lsr()) {
            tiny.save(folder);
        }
        JsonNode good = JSON.readTree(folder.resolve(CONFIG).toFile());
        List<JsonNode> bad = new ArrayList<>();
        List<String> fields = new ArrayList<>();
        damage(good, "", good, bad, fields);
        for (int i = 0; i < bad.size(); i++) {
            replace(CONFIG, bad.get(i).toString().getBytes(StandardCharsets.UTF_8));
            String what = fields.get(i) + " in " + bad.get(i);
            IOException e = assertThrows(
                    IOException.class, () -> AdapterFolder.load(folder).close(), what);
            assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
            assertTrue(e.getMessage().contains("field \"") || e.getMessage().contains("tensor '"), e.getMessage());
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
        assertTrue(bad.size() > 200, bad.size() + " cases");
    }

    private static void damage(JsonNode root, String pointer, JsonNode at, List<JsonNode> bad, List<String> fields)
            throws IOException {
        if (at instanceof ArrayNode) {
            for (int i = 0; i < at.size(); i++) {
                damage(root, pointer + "/" + i, at.get(i), bad, fields);
            }
        }
        if (!(at instanceof ObjectNode)) {
            return;
        }
        List<String> names = new ArrayList<>();
        at.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode removed = root.deepCopy();
            ((ObjectNode) removed.at(pointer)).remove(name);
            bad.add(removed);
            fields.add(pointer + "/" + name);
            for (String value : VALUES) {
                JsonNode other = JSON.readTree(value);
                if (other.getNodeType() == at.get(name).getNodeType()) {
                    continue;
                }
                JsonNode changed = root.deepCopy();
                ((ObjectNode) changed.at(pointer)).set(name, other);
                bad.add(changed);
                fields.add(pointer + "/" + name + " = " + value);
            }
            damage(root, pointer + "/" + name, at.get(name), bad, fields);
        }
        JsonNode more = root.deepCopy();
        ((ObjectNode) more.at(pointer)).put("surprise", 1);
        bad.add(more);
        fields.add(pointer + "/surprise");
    }

    /** The product of the ranks of the two factors is beyond an int from 46341 on. */
    @ParameterizedTest
    @ValueSource(ints = {46340, 46341, 65536})
    void lokr_ranksWhoseProductIsHuge_areRefused(int rank) throws IOException {
        ObjectNode config = (ObjectNode)
                JSON.readTree(GOLDEN.resolve("lokr").resolve(CONFIG).toFile());
        config.put("r", rank).putArray("target_modules").add("query");
        config.putObject("rank_pattern");
        JSON.writeValue(folder.resolve(CONFIG).toFile(), config);
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        String layer = "base_model.model.encoder.layer.0.attention.self.query.";
        for (String factor : List.of("lokr_w1", "lokr_w2")) {
            tensors.put(layer + factor + "_a", Nd4j.zeros(DataType.FLOAT, 1, rank));
            tensors.put(layer + factor + "_b", Nd4j.zeros(DataType.FLOAT, rank, 1));
        }
        SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of());
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()), message);
        assertTrue(
                message.contains("has factors of rank " + rank + " and " + rank + " for a weight of 1 by 1"), message);
    }
}
