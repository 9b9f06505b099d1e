package org.lsradapt.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.EveryProcessor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes all vectors of the kit again, and runs the library as a port. {@code -Dlsr.conformance.write=true} writes them
 * where they are kept; a Python with NumPy, which {@code -Dlsr.python=PYTHON} or LSR_PYTHON names, compares results.
 */
@EveryProcessor
class ConformanceTest {
    private static final long LIMIT = 5L << 20;
    private static final int MOST_FILES = 100;
    private static final int LONGEST = 400_000;

    /** In the last place, by which the inputs of a tolerance's test are moved at most. */
    private static final int UNITS = 4;

    /** The cases as the library makes them, a folder each. */
    @TempDir
    private static Path fresh;

    /** The kit, unpacked. */
    @TempDir
    private static Path kit;

    /** What the library answers, a folder per case. */
    @TempDir
    private static Path outputs;

    @TempDir
    private Path work;

    @BeforeAll
    static void make() throws IOException {
        ConformanceKit.writeCases(fresh);
        ConformanceKit.run(fresh, outputs);
        if (Boolean.getBoolean("lsr.conformance.write")) {
            ConformanceKit.write(fresh, outputs);
        }
        ConformanceKit.unpack(kit);
    }

    @Test
    void cases_madeAgain_areThoseOfTheKit() throws IOException {
        Path cases = kit.resolve("cases");
        assertEquals(
                ConformanceKit.files(fresh),
                ConformanceKit.files(cases),
                "after a change of the cases: -Dlsr.conformance.write=true");
        for (String file : ConformanceKit.files(fresh)) {
            if (file.endsWith(".json")) {
                assertEquals(json(fresh.resolve(file)), json(cases.resolve(file)), file);
            } else {
                assertArrayEquals(KitFiles.unsealed(fresh.resolve(file)), KitFiles.unsealed(cases.resolve(file)), file);
            }
        }
        assertEquals(
                ConformanceKit.manifest(),
                JsonFile.object(
                        Path.of("manifest.json"), Files.readAllBytes(ConformanceKit.FOLDER.resolve("manifest.json"))));
    }

    /** A file without the version that wrote it; what is no JSON on purpose as it is. */
    private static JsonNode json(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        try {
            return KitFiles.withoutVersion(JsonFile.readObject(file));
        } catch (IOException e) {
            return TextNode.valueOf(text.replaceAll("\"(library_version|crc32c)\" : \"[^\"]*\"", ""));
        }
    }

    /** No output is lost, and none gets the rule of another. */
    @Test
    void manifest_patterns_standForAllOutputs() throws IOException {
        for (KitCase made : ConformanceKit.cases()) {
            Path expected = kit.resolve("expected").resolve(made.name);
            Map<String, JsonNode> found = new TreeMap<>();
            for (JsonNode rule : OutputRules.of(made)) {
                for (JsonNode pattern : rule.get("names")) {
                    for (String name : names(pattern.textValue(), rule, expected)) {
                        ObjectNode alone = rule.deepCopy();
                        alone.remove("names");
                        assertNull(found.put(name, alone), made.name + ": " + name + " has two rules");
                    }
                }
            }
            Map<String, JsonNode> outputs = new TreeMap<>();
            made.outputs.properties().forEach(output -> outputs.put(output.getKey(), output.getValue()));
            assertEquals(outputs, found, made.name);
        }
    }

    private static List<String> names(String pattern, JsonNode rule, Path expected) throws IOException {
        if (!pattern.contains("*")) {
            return List.of(pattern);
        }
        Collection<String> all = rule.get("as").textValue().equals("scalar")
                ? KitFiles.readScalars(expected.resolve("output.json")).properties().stream()
                        .map(Map.Entry::getKey)
                        .toList()
                : KitFiles.readTensors(expected.resolve("output.safetensors")).keySet();
        Pattern any = Pattern.compile(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
        return all.stream().filter(name -> any.matcher(name).matches()).toList();
    }

    @Test
    void kit_isSmall() throws IOException {
        long bytes = 0;
        List<String> files = ConformanceKit.files(ConformanceKit.FOLDER).stream()
                .filter(file -> !file.contains("__pycache__"))
                .toList();
        for (String file : files) {
            long length = Files.size(ConformanceKit.FOLDER.resolve(file));
            assertTrue(length < LONGEST, file + " has " + length + " bytes");
            bytes += length;
        }
        assertTrue(bytes < LIMIT, "the kit has " + bytes + " bytes");
        assertTrue(files.size() < MOST_FILES, "the kit has " + files.size() + " files");
    }

    /** Bytes, texts and a file that is like another one come back as they were. */
    @Test
    void container_unpacked_hasTheSameFiles() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("a/text", "größe\n\n\"quoted\" \\\n".getBytes(StandardCharsets.UTF_8));
        files.put("a/empty", new byte[0]);
        files.put("a/feed", "tab\tand\r\n".getBytes(StandardCharsets.UTF_8));
        byte[] numbers = new byte[1000];
        new Random(3).nextBytes(numbers);
        files.put("a/numbers", numbers);
        byte[] changed = Arrays.copyOf(numbers, 990);
        changed[0]++;
        changed[500] ^= 7;
        changed[503] ^= 7;
        files.put("b/numbers", changed);
        byte[] longer = Arrays.copyOf(numbers, 1040);
        System.arraycopy(numbers, 100, longer, 130, 900);
        files.put("c/numbers", longer);
        files.put("d/text", "größer\n\n\"quoted\" \\\n".getBytes(StandardCharsets.UTF_8));
        Path container = work.resolve("container.json");
        KitContainer.write(container, files);
        assertTrue(Files.readString(container).contains("{\"like\": \"a/numbers\""));
        KitContainer.unpack(container, work.resolve("unpacked"));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            assertArrayEquals(
                    file.getValue(),
                    Files.readAllBytes(work.resolve("unpacked").resolve(file.getKey())),
                    file.getKey());
        }
    }

    @Test
    void library_asPort_givesWhatIsExpected() throws IOException {
        for (KitCase made : ConformanceKit.cases()) {
            List<String> complaints = new ArrayList<>();
            Path expected = kit.resolve("expected").resolve(made.name);
            Drift.compare(made, expected, outputs.resolve(made.name), complaints);
            assertEquals(List.of(), complaints, made.name);
        }
    }

    /**
     * A correct computation in another order gives what exact arithmetic gives for inputs that are off in their last places
     * (backward stability: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.5). So a tolerance that is
     * below what such inputs change would judge a processor, not a port.
     */
    @Test
    void tolerances_coverInputsThatAreOffInTheirLastPlaces() throws IOException {
        List<String> complaints = new ArrayList<>();
        Random random = new Random(72);
        for (KitCase made : ConformanceKit.cases()) {
            KitCase compared = made.withTolerances();
            // What is computed in double from F32 is off by the last places of F64.
            if (made.tensors.values().stream().anyMatch(tensor -> tensor.dataType() == DataType.FLOAT)) {
                compared.outputs.retain(singleTensors(outputs.resolve(made.name)));
            }
            if (made.tensors.isEmpty() || compared.outputs.isEmpty()) {
                continue;
            }
            Path folder = work.resolve("moved").resolve(made.name);
            made.write(folder);
            Map<String, INDArray> moved = new LinkedHashMap<>();
            made.tensors.forEach((name, tensor) -> moved.put(name, KitFiles.moved(tensor, UNITS, random)));
            KitFiles.writeTensors(folder.resolve("input.safetensors"), moved);
            LibraryPort.run(folder, work.resolve("results").resolve(made.name));
            List<String> of = new ArrayList<>();
            Drift.compare(
                    compared,
                    outputs.resolve(made.name),
                    work.resolve("results").resolve(made.name),
                    of);
            of.forEach(output -> complaints.add(made.name + ": " + output));
        }
        assertEquals(List.of(), complaints);
    }

    private static List<String> singleTensors(Path results) throws IOException {
        return KitFiles.readTensors(results.resolve("output.safetensors")).entrySet().stream()
                .filter(tensor -> tensor.getValue().dataType() == DataType.FLOAT)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Test
    void runner_onTheLibrarysOutputs_passes() throws Exception {
        assertEquals(0, python("conform.py", "--outputs", outputs.toString()));
    }

    @Test
    void runner_onTheLibraryAsProgram_passesAndTellsAMissingResult() throws Exception {
        String java = String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                LibraryPort.class.getName());
        assertEquals(0, python("conform.py", "--case", "sum-two-factors", "--port", java));
        assertNotEquals(0, python("conform.py", "--case", "sum-two-factors", "--outputs", work.toString()));
    }

    @Test
    void runner_byItsOwnTests_passes() throws Exception {
        assertEquals(0, python("python/runner_test.py"));
    }

    @Test
    void mutants_failWhereExpected() throws Exception {
        assertEquals(0, python("python/mutants.py"));
    }

    /** A check that is left out lets something pass that must be refused. */
    @Test
    void checks_leftOutByMachine_failACase() throws Exception {
        assertEquals(0, python("python/machine.py", "checks"));
    }

    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> "'" + entry + "'")
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
    }

    /** Runs a script of the kit; its status. */
    private int python(String script, String... arguments) throws Exception {
        String python = System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
        assumeTrue(
                !python.isEmpty(), "no Python with NumPy is named; -Dlsr.python=PYTHON or LSR_PYTHON=PYTHON does it");
        List<String> command = new ArrayList<>(
                List.of(python, "-B", ConformanceKit.FOLDER.resolve(script).toString()));
        command.addAll(List.of(arguments));
        Path log = work.resolve("python.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        process.destroyForcibly();
        String text = Files.readString(log);
        assumeTrue(!text.contains("No module named 'numpy'"), python + " has no NumPy");
        System.out.println(text);
        return ended ? process.exitValue() : -1;
    }
}
