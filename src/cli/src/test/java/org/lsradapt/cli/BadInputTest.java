package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.Resealed;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whatever is wrong: one line that says so, exit code 2, and every file as it was. */
class BadInputTest {

    private static final String MINE = "mine";

    @TempDir
    static Path parent;

    private static Path model;
    private static Path data;
    private static Path adapter;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyModels.writeBert(Files.createDirectory(parent.resolve("tiny")), 1);
        data = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 8, 4);
        Path run = parent.resolve("run");
        finetune("--methods lsr --out {}", run).succeeded();
        adapter = run.resolve("lsr-1");
        Path full = Files.createDirectory(parent.resolve("full"));
        Files.writeString(full.resolve("note.txt"), MINE);
    }

    /** On the tiny model, with settings that suit it; the given options override them. */
    private static CommandLineRun finetune(String options, Object... values) {
        List<String> given = CommandLineRun.arguments(options, values);
        List<String> usual = new ArrayList<>(CommandLineRun.arguments(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 1", model, data));
        for (String option : given) {
            int at = usual.indexOf(option);
            if (option.startsWith("--") && at >= 0) {
                usual.subList(at, at + 2).clear();
            }
        }
        return CommandLineRun.of(usual, given);
    }

    /** All files below the test's folder with their sizes, but for those of the given folder. */
    private static Map<String, Long> files() throws IOException {
        Map<String, Long> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(parent)) {
            for (Path path : all.toList()) {
                files.put(path.toString(), Files.isDirectory(path) ? -1 : Files.size(path));
            }
        }
        return files;
    }

    @Test
    void quantize_whatCannotBeSavedOrIsUnknown_isRefusedBeforeAnythingIsWritten() throws IOException {
        Map<String, Long> before = files();
        String line = "quantize --adapter {} --data {} --out {} --to int8,";
        Path out = parent.resolve("quantized");
        assertRefused(
                "saved adapter: fp8-e4m3 is not supported, expected fp32, fp16, bf16, int8 or int4",
                line + "fp8-e4m3",
                adapter,
                data,
                out);
        assertRefused("unknown precision 'int3', expected one of fp32", line + "int3", adapter, data, out);
        assertEquals(before, files());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "predict hello",
                "inspect",
                "reduce --data .",
                "quantize --data .",
                "convert --data .",
                "export --out none",
                "merge --out none",
                "generate --prompt hello",
                "embed hello",
                "tokenize hello",
                "zero-shot ."
            })
    void adapter_thatIsARunsFolder_isRefusedWithTheAdaptersInIt(String command) throws IOException {
        Path run = adapter.getParent();
        CommandLineRun.of(CommandLineRun.arguments(command), List.of("--adapter", run.toString()))
                .refused(run.resolve("adapter_config.json") + ": there is no such file; adapters are in " + adapter
                        + ", expected one of these folders");
    }

    @Test
    void model_thatIsARunsFolder_isRefusedWithTheAdaptersInIt() throws IOException {
        assertRefused(
                "there is no such file; adapters are in " + adapter + ", expected one of these folders",
                "predict --model {} {}",
                adapter.getParent(),
                "hello\tyou");
    }

    static Stream<Arguments> finetunes() {
        return Stream.of(
                Arguments.of("unknown option '--taks'; similar: --task", "--taks mrpc"),
                Arguments.of("unknown argument 'mrpc'", "mrpc"),
                Arguments.of("Invalid value for option '--epochs': 'x' is not an int", "--epochs x"),
                Arguments.of("Missing required parameter for option '--lr'", "--lr"),
                Arguments.of(
                        "unknown method 'dora', expected one of frozen, lora, lsr, lsr-authors, lsr-shared, krona-shared, lokr, krona, cdka, kadaptation, krona-mixed, hira,"
                                + " hira-lsr, hira-krona, vera, lora-xs, fourierft, miss, uni-lora",
                        "--methods lsr,dora"),
                Arguments.of("--methods [lsr, lsr]: expected each value once", "--methods lsr,lsr"),
                Arguments.of("--seed [1, 1]: expected each value once", "--seed 1,1"),
                Arguments.of("'a' is not a long", "--seed 1,a"),
                Arguments.of("unknown task \"sentiment\", expected one of wordnet", "--task sentiment"),
                Arguments.of("task wordnet includes its data, expected no folder", "--task wordnet"),
                Arguments.of("unknown scaling rule 'r', expected one of alpha, alpha/r, alpha/sqrt-r", "--scaling r"),
                Arguments.of("unknown initialization 'zero', expected one of zero-update", "--init zero"),
                Arguments.of("'32*24' is not a list of factor sizes, expected one such as 32x24", "--in-factors 32*24"),
                Arguments.of("rank factor sizes [2, 3] multiply up to 6, expected 4", "--rank-factors 2x3"),
                Arguments.of("input factor sizes [2, 3] multiply up to 6, expected 4", "--in-factors 2x3"),
                Arguments.of("output factor sizes [2, 2, 1]: 3 factors, expected 2", "--out-factors 2x2x1"),
                Arguments.of("expected 4", "--in-factors 2147483647x2147483647x2147483647 --factors 3"),
                Arguments.of("bottleneck rank r is 0, expected >= 1", "--r 0"),
                Arguments.of("separation rank s is -1, expected 1 to 65536", "--s -1"),
                Arguments.of("separation rank s is 100000, expected 1 to 65536", "--s 100000"),
                Arguments.of("number of Kronecker factors is 100000, expected 1 to 31", "--factors 100000"),
                Arguments.of("batch size is 2147483647, expected 1 to 1000000", "--batch 2147483647"),
                Arguments.of("epochs is 2147483647, expected 1 to 1000000", "--epochs 2147483647"),
                Arguments.of("takes more than 100000 steps", "--targets regex:(.*.*.*.*.*.*)*x"),
                Arguments.of("takes more than 100000 steps", "--targets regex:.*(?=.*(?=.*(?=.*y)))"),
                Arguments.of("bottleneck rank r is 0, expected >= 1", "--lora-r 0"),
                Arguments.of(
                        "--monitor re-orthogonalize needs two Kronecker factors per term, found --factors 3",
                        "--monitor re-orthogonalize --factors 3"),
                Arguments.of("unknown monitor policy 'stop', expected one of log", "--monitor stop"),
                Arguments.of("training precision is int8, expected a floating-point format", "--precision int8"),
                Arguments.of(
                        "no layer's name ends with 'queri'; the layers are [encoder.layer.0", "--targets query,queri"),
                Arguments.of("'(' is not a regular expression", "--targets regex:("),
                Arguments.of("no layer matches x", "--targets regex:x"),
                Arguments.of("epochs is 0, expected 1 to 1000000", "--epochs 0"),
                Arguments.of("batch size is 0, expected 1 to 1000000", "--batch 0"),
                Arguments.of("learning rate is -1.0, expected a positive number", "--lr -1"),
                Arguments.of("head learning rate is NaN, expected a positive number", "--head-lr NaN"),
                Arguments.of("warm up is 2.0, expected a fraction from 0 to 1", "--warmup 2"),
                Arguments.of("max length 11: model", "--max-length 11"),
                Arguments.of(
                        "unknown method 'dora', expected one of frozen, lora, lsr, lsr-authors, lsr-shared, krona-shared, lokr, krona, cdka, kadaptation, krona-mixed, hira,"
                                + " hira-lsr, hira-krona, vera, lora-xs, fourierft, miss, uni-lora",
                        "--methods dora:2"),
                Arguments.of("method lora:x: 'x' is not a rank, expected one as in lora:2", "--methods lora:x"),
                Arguments.of("method lora:0: '0' is not a rank, expected one as in lora:2", "--methods lora:0"),
                Arguments.of("method lora:2:3: '3' is not a rank", "--methods lora:2:3"),
                Arguments.of("method frozen:2: frozen has no rank", "--methods frozen:2"),
                Arguments.of("method lsr:s=4: unknown setting 's', expected one of lr", "--methods lsr:s=4"),
                Arguments.of("method cdka:r1=2:r1=3: the setting r1 is given twice", "--methods cdka:r1=2:r1=3"),
                Arguments.of("method cdka:r1=x: r1 is 'x', expected a whole number", "--methods cdka:r1=x"),
                Arguments.of("method krona:scale=x: scale is 'x', expected a number", "--methods krona:scale=x"),
                Arguments.of("method krona-mixed: no splits, expected the widths", "--methods krona-mixed"),
                Arguments.of("in is '6x64', expected whole numbers such as 6+64+16", "--methods krona-mixed:in=6x64"),
                Arguments.of("method krona:0: '0' is not a rank, expected one as in krona:2", "--methods krona:0"),
                Arguments.of("method lsr-authors:6: r is 6, expected a square", "--methods lsr-authors:6"),
                Arguments.of("--seed: found no value, expected at least one", "--seed ,"),
                Arguments.of("--methods: found no value, expected at least one", "--methods ,"),
                Arguments.of("checkpoints every -1 steps, expected >= 1", "--save-every -1"),
                Arguments.of("model '\\u001b[31mred\\u0007': there is no such", "--model \u001b[31mred\u0007"),
                Arguments.of("unknown device 'tpu', expected one of cpu, cuda, auto", "--device tpu"),
                Arguments.of("--device-products bf16 is for a GPU, found --device cpu", "--device-products bf16"),
                Arguments.of(
                        "unknown type of products 'fp8', expected one of float, tf32, bf16", "--device-products fp8"),
                Arguments.of("unknown class weights 'rare', expected one of none, balanced", "--class-weights rare"),
                Arguments.of("dropout is 1.0", "--dropout 1"),
                Arguments.of("patience is -1", "--patience -1"),
                Arguments.of("--task mrpc: found --train, expected it with classify, regress, ", "--train x"),
                Arguments.of("--task classify: found --data", "--task classify"),
                Arguments.of("maxLength is 1, expected at least 3", "--max-length 1"),
                Arguments.of(
                        "model 'maxi': there is no such folder or file; expected minilm, bge-small, e5-small, bge-small-zh, bert-base",
                        "--model maxi"),
                Arguments.of(
                        "--s: found the methods frozen, lora, none of which reads it; expected lsr, or settings after the"
                                + " method's name, such as lsr-shared:9",
                        "--methods frozen,lora --s 3"),
                Arguments.of("--alpha: found the methods miss, none of which reads it", "--methods miss --alpha 8"),
                Arguments.of(
                        "--lora-lr: found the methods lsr, none of which reads it; expected lora", "--lora-lr 0.01"),
                Arguments.of(
                        "--lr: found the methods lora, none of which reads it; expected adapters other than lora,"
                                + " or --lora-lr or --head-lr",
                        "--methods lora:2 --lr 0.01"),
                Arguments.of("training diverged: ", "--lr 1e38 --batch 2"));
    }

    @ParameterizedTest
    @MethodSource("finetunes")
    void finetune_withABadOption(String complaint, String options) throws IOException {
        Map<String, Long> before = files();
        String methods = options.contains("--methods") || options.contains("--lora-r") ? "" : "--methods lsr ";
        finetune(methods + "--out {} " + options, parent.resolve("new")).refused(complaint);
        assertEquals(before, files());
    }

    @Test
    void data_thatIsMissingOrMalformed() throws IOException {
        assertRefused("task mrpc reads train.tsv and dev.tsv", "finetune --task mrpc");
        finetune("--data {}", parent.resolve("nowhere")).refused("nowhere: there is no such folder");
        Path bad = CommandLineRun.writeMrpc(parent.resolve("bad"), 4, 4);
        Path dev = bad.resolve("dev.tsv");
        String good = Files.readString(dev);
        Files.writeString(dev, good + "1\t9\t0\tThe bank won .\n");
        finetune("--data {}", bad).refused("dev.tsv, line 6: found 4 columns, expected 5");
        Files.writeString(dev, good + "2\t9\t0\tThe bank won .\tThe bank won .\n");
        finetune("--data {}", bad).refused("dev.tsv, line 6: unknown label \"2\", expected one of 0, 1");
        Files.delete(dev);
        finetune("--data {}", bad).refused("dev.tsv: there is no such file");
    }

    @Test
    void outputFolder_thatIsTaken_staysAsItIs() throws IOException {
        Map<String, Long> before = files();
        finetune("--out {}", parent.resolve("full"))
                .refused("full: the folder is not empty, expected a folder that is empty or does not exist yet");
        finetune("--out {}", parent.resolve("full/note.txt")).refused("there is a file of this name");
        finetune("--out {}", parent.resolve("full/note.txt/deeper")).refused("full/note.txt");
        assertEquals(MINE, Files.readString(parent.resolve("full/note.txt")));
        assertEquals(before, files());
    }

    @Test
    void command_thatIsUnknownOrMissing() {
        assertRefused("unknown command 'finetun', expected a command: finetune, suite, predict", "finetun");
        assertRefused("unknown option '--task', expected a command", "--task mrpc");
        assertRefused("unknown command ''", "{}", "");
        assertRefused("no model: expected --adapter FOLDER, as finetune saves it, or --model FOLDER", "predict");
        assertRefused("Missing required parameter for option '--adapter'", "inspect --adapter");
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("hello", "standard input, line 1: found 1 text, the task needs 2, separated by a tab"),
                Arguments.of("hello\tworld\n\n", "standard input, line 2: found 1 text"),
                Arguments.of("hello\tworld\tcafe", "standard input, line 1: found 3 texts"),
                Arguments.of("hello\tworld\nhello\t ", "standard input, line 2: the second text is empty"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void predict_withABadLine(String input, String complaint) {
        CommandLineRun run = CommandLineRun.withInput(input, CommandLineRun.arguments("predict --adapter {}", adapter));
        run.refused(complaint);
        assertEquals("", run.out());
    }

    @Test
    void predict_withABadFile() throws IOException {
        Path latin = Files.write(parent.resolve("latin.txt"), "hello\tcaf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(
                "latin.txt, line 1: this is not valid UTF-8 text", "predict --adapter {} --file {}", adapter, latin);
        Path wide = Files.write(parent.resolve("wide.txt"), "hello\tcaf\u00e9".getBytes(StandardCharsets.UTF_16));
        assertRefused(
                "wide.txt: this is UTF-16 text, expected UTF-8; save it as UTF-8, convert it with iconv",
                "predict --adapter {} --file {}",
                adapter,
                wide);
        assertRefused("no.txt: there is no such file", "predict --adapter {} --file {}", adapter, parent + "/no.txt");
        assertRefused("expected one or the other", "predict --adapter {} --file {} {}", adapter, latin, "hello\tworld");
    }

    /** The folder has no model, so that a command that loaded it first would report that. */
    @Test
    void optionsThatDoNotFitEachOther_areRefusedBeforeAModelIsLoaded() throws IOException {
        Path none = Files.createDirectory(parent.resolve("none"));
        assertRefused(
                "found --text without --data FILE, expected both", "predict --adapter {} --text title hello", none);
        assertRefused(
                "found --squad without --data FILE, expected both",
                "predict --adapter {} --squad {} hello",
                none,
                parent.resolve("squad.json"));
        assertRefused("there is no such file", "predict --adapter {} --images {} -- hello", none, MINE);
        assertRefused("expected no other texts", "predict --adapter {} --data {} hello", none, none);
        assertRefused("there is no such file", "embed --model {} --file {}", none, parent + "/no.csv");
        assertRefused("at least two different ones", "zero-shot --model {} --labels cat {}", none, none);
        assertRefused("expected one of them", "reduce --adapter {} --dev {} --data {}", none, none, none);
        assertRefused("expected no --layer or --each", "plan --model {} --budget 1000 --batch 2 --each", none);
        assertRefused("largest relative cost", "plan --model {} --budget 1000 --max-cost 0", none);
        assertRefused("rate", "finetune --model {} --task mrpc --data {} --lr -1", model, none);
    }

    @Test
    void adapter_ofAnotherModel() throws IOException {
        Path other = TinyModels.writeBert(Files.createDirectory(parent.resolve("other")), 2);
        assertRefused(
                "but model " + other + " has fingerprint",
                "predict --adapter {} --model {} {}",
                adapter,
                other,
                "hello\tworld");
        succeed("predict --adapter {} {}", adapter, "hello\tworld");
    }

    /** Saved as a whole, so that no checksum tells. */
    @ParameterizedTest
    @CsvSource({"1, 4", "3, 4", "100000, 4"})
    void adapter_whoseLongestInputCannotBe(int length, int least) throws IOException {
        Path other = parent.resolve("length-" + length);
        try (SavedAdapter saved = AdapterFolder.load(adapter);
                PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                RestoredModel restored =
                        RestoredModel.of(saved, weights, base.name(), base.fingerprint(), Backends.standard())) {
            AdapterCard card = saved.card().orElseThrow();
            AdapterFolder.save(
                    other,
                    new AdapterCard(
                            card.baseModel(),
                            card.modelType(),
                            card.baseFingerprint(),
                            card.task(),
                            length,
                            card.basePrecision()),
                    restored.adapters().orElseThrow(),
                    restored.head().orElseThrow(),
                    Precision.FP32);
        }
        String complaint =
                other.resolve("adapter_config.json") + ": max_length is " + length + ", expected " + least + " to 10";
        assertRefused(complaint, "predict --adapter {} {}", other, "hello\tworld");
        String out = parent.resolve("length-out").toString();
        assertRefused(complaint, "merge --adapter {} --out {}", other, out);
        assertRefused(complaint, "quantize --adapter {} --data {} --to int8", other, data);
    }

    @Test
    void adapter_thatIsDamaged() throws IOException {
        Path damaged = Files.createDirectory(parent.resolve("damaged"));
        Path tensors = damaged.resolve("adapter_model.safetensors");
        Files.copy(adapter.resolve("adapter_config.json"), damaged.resolve("adapter_config.json"));
        byte[] bytes = Files.readAllBytes(adapter.resolve("adapter_model.safetensors"));
        Files.write(tensors, Arrays.copyOf(bytes, bytes.length - 7));
        String truncated = "adapter_model.safetensors: truncated, found " + (bytes.length - 7);
        assertRefused(truncated, "predict {} --adapter {}", "hello\tworld", damaged);
        assertRefused(truncated, "inspect --adapter {}", damaged);
        bytes[bytes.length - 7] ^= 1;
        Files.write(tensors, bytes);
        assertRefused("safetensors: altered, found", "inspect --adapter {}", damaged);
        assertRefused("gone: there is no such file or folder", "inspect --adapter {}", parent.resolve("gone"));
    }

    @Test
    void adapter_withALongerFile_isNotReadToItsEnd() throws IOException {
        Path longer = Files.createDirectory(parent.resolve("longer"));
        Path tensors = longer.resolve("adapter_model.safetensors");
        Files.copy(adapter.resolve("adapter_config.json"), longer.resolve("adapter_config.json"));
        byte[] bytes = Files.readAllBytes(adapter.resolve("adapter_model.safetensors"));
        Files.write(tensors, Arrays.copyOf(bytes, bytes.length + 1));
        assertRefused(
                "altered, found " + (bytes.length + 1) + " bytes, adapter_config.json expects " + bytes.length,
                "inspect --adapter {}",
                longer);
    }

    @Test
    void adapter_whoseFactorsAFormatCannotHold() throws IOException {
        Path big = withFactors("big", 1e5f);
        Path out = parent.resolve("big-out");
        assertRefused(
                "--to fp16: encoder.layer.0.attention.self.query.lsr_A1 has NaN or infinity, expected finite numbers",
                "quantize --adapter {} --to fp16 --data {} --out {}",
                big,
                data,
                out);
        assertFalse(Files.exists(out));
    }

    /** The adapter with other factors. */
    private Path withFactors(String name, float value) throws IOException {
        Path huge = Files.createDirectory(parent.resolve(name));
        Path tensors = huge.resolve("adapter_model.safetensors");
        try (SafeTensors file = SafeTensors.open(adapter.resolve("adapter_model.safetensors"))) {
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            for (String tensor : file.names()) {
                arrays.put(tensor, file.read(tensor));
                if (tensor.contains("lsr_")) {
                    arrays.get(tensor).assign(value);
                }
            }
            SafeTensors.write(tensors, arrays, file.metadata());
        }
        byte[] config = Files.readAllBytes(adapter.resolve("adapter_config.json"));
        Files.write(huge.resolve("adapter_config.json"), Resealed.config(config, Files.readAllBytes(tensors)));
        return huge;
    }

    @Test
    void adapter_whoseFactorsMultiplyUpToInfinity() throws IOException {
        Path huge = withFactors("huge", 1e30f);
        for (String command : List.of(
                "inspect",
                "predict hello\tworld",
                "quantize --to int8",
                "reduce --s 1",
                "export --bare --out " + parent.resolve("huge-out"))) {
            assertRefused("the factors of A multiply up to ", command + " --adapter {}", huge);
        }
        assertTrue(Files.notExists(parent.resolve("huge-out")));
    }

    @Test
    void unexpectedException_hasItsStackTraceAndAnotherExitCode() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream broken = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                throw new UnsupportedOperationException("a mistake in the library");
            }
        };
        int code = Main.run(
                new String[] {"inspect", "--adapter", adapter.toString()},
                InputStream.nullInputStream(),
                broken,
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertEquals(1, code);
        String trace = err.toString(StandardCharsets.UTF_8);
        assertTrue(trace.startsWith("java.lang.UnsupportedOperationException: a mistake in the library"), trace);
        assertTrue(trace.contains("\tat org.lsradapt.cli.adapters.InspectCommand"), trace);
    }
}
