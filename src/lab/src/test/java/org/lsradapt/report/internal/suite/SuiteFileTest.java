package org.lsradapt.report.internal.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuiteFileTest {
    private static final Map<String, SuiteFile.Form> FORMS = Map.of(
            "epochs", SuiteFile.Form.VALUE,
            "hold-out", SuiteFile.Form.VALUE,
            "lr", SuiteFile.Form.VALUE,
            "text", SuiteFile.Form.VALUES,
            "train", SuiteFile.Form.FILES,
            "data", SuiteFile.Form.FILE,
            "term-weights", SuiteFile.Form.FLAG);

    @TempDir
    Path folder;

    @BeforeEach
    void writeData() throws IOException {
        Files.writeString(folder.resolve("a.csv"), "");
        Files.writeString(folder.resolve("b.csv"), "");
    }

    private List<SuiteFile.Placed> read(String name, String text) throws IOException {
        return SuiteFile.read(
                Files.writeString(folder.resolve(name), text),
                new SuiteFile.Options(FORMS, model -> model.replace("/here", "/there"), folder));
    }

    private List<String> names(String yaml) throws IOException {
        return read("suite.yaml", yaml).stream().map(one -> one.cell().name()).toList();
    }

    private String line(String yaml) throws IOException {
        List<SuiteFile.Placed> cells = read("suite.yaml", yaml);
        assertEquals(1, cells.size());
        return String.join(" ", cells.get(0).cell().arguments()).replace(folder.toString(), "DIR");
    }

    @Test
    void read_namesAlone_isAllOfThemWithTheDefaultModel() throws IOException {
        String yaml = "tasks: [rte, cola]\nmethods: [frozen, lora:2]\nseeds: [3, 1]\n";
        assertEquals(
                List.of(
                        "minilm_rte_frozen_3",
                        "minilm_rte_lora-r2_3",
                        "minilm_rte_frozen_1",
                        "minilm_rte_lora-r2_1",
                        "minilm_cola_frozen_3",
                        "minilm_cola_lora-r2_3",
                        "minilm_cola_frozen_1",
                        "minilm_cola_lora-r2_1"),
                names(yaml));
        assertEquals(
                "finetune --methods frozen --model minilm --task rte --seed 3",
                String.join(" ", read("suite.yaml", yaml).get(0).cell().arguments()));
        assertEquals(
                "minilm, rte, lora:2, seed 3",
                read("suite.yaml", yaml).get(1).cell().title());
    }

    @Test
    void read_gridsOfBillionsOfCells_areRefusedBeforeTheyAreMade() {
        String many =
                IntStream.rangeClosed(1, 300).mapToObj(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
        String yaml = "tasks: [a]\nmethods: [{method: lsr, lr: " + many + ", epochs: " + many + "}]\nseeds: " + many;
        IOException e = assertThrows(IOException.class, () -> read("suite.yaml", yaml));
        assertEquals(
                folder.resolve("suite.yaml") + ": the grids: found 27,000,000 cells, expected at most 100000",
                e.getMessage());
    }

    @Test
    void read_jsonAndYaml_areTheSame() throws IOException {
        String json =
                "{\"models\": [\"/here/bert\"], \"tasks\": [{\"task\": \"classify\", \"name\": \"mine\", \"train\":"
                        + " \"a.csv\"}], \"methods\": [{\"method\": \"lsr\", \"lr\": [5e-3, 1e-6]}], \"seeds\": 2,"
                        + " \"settings\": {\"epochs\": 2.0}}";
        String yaml = """
                models: [/here/bert]
                tasks:
                  - task: classify
                    name: mine
                    train: a.csv
                methods:
                  - method: lsr
                    lr: [5e-3, 0.000001] # two
                seeds: 2
                settings:
                  epochs: 2
                """;
        assertEquals(read("suite.json", json), read("suite.yml", yaml));
        assertEquals(
                List.of("bert_mine_lsr-lr=0.005_2", "bert_mine_lsr-lr=0.000001_2"),
                read("suite.json", json).stream().map(one -> one.cell().name()).toList());
    }

    @Test
    void read_options_areThoseOfFinetune_theCloserOneGoingFirst() throws IOException {
        assertEquals(
                "finetune --epochs 2 --lr 0.5 --methods lsr --model /there/m --task classify --term-weights"
                        + " --text a --text b, c --train DIR/a.csv --train DIR/b.csv --seed 1",
                line("""
                        models: [{model: /here/m, epochs: 2, lr: 0.1}]
                        tasks: [{task: classify, text: [a, 'b, c'], train: [a.csv, b.csv], lr: 0.2}]
                        methods: [{method: lsr, lr: 0.5, term-weights: true}]
                        settings: {epochs: 1, lr: 7}
                        """));
    }

    @Test
    void read_lists_areGrids_whoseNamesSayWhich() throws IOException {
        assertEquals(
                List.of(
                        "m-epochs=1_t-data=a.csv_x-lr=1-term-weights=false_1",
                        "m-epochs=1_t-data=a.csv_x-lr=1-term-weights=true_1",
                        "m-epochs=2_t-data=a.csv_x-lr=1-term-weights=false_1",
                        "m-epochs=2_t-data=a.csv_x-lr=1-term-weights=true_1",
                        "m-epochs=1_t-data=b.csv_x-lr=1-term-weights=false_1",
                        "m-epochs=1_t-data=b.csv_x-lr=1-term-weights=true_1",
                        "m-epochs=2_t-data=b.csv_x-lr=1-term-weights=false_1",
                        "m-epochs=2_t-data=b.csv_x-lr=1-term-weights=true_1"),
                names("""
                        models: [{model: m, epochs: [1, 2]}]
                        tasks: [{task: t, data: [a.csv, b.csv]}]
                        methods: [{method: lsr, name: x, term-weights: [false, true]}]
                        settings: {lr: [1]}
                        """));
    }

    @Test
    void read_aGridThatIsOverridden_isNone() throws IOException {
        assertEquals(List.of("minilm_t_a_1", "minilm_t_b-lr=1_1", "minilm_t_b-lr=2_1"), names("""
                        tasks: [t]
                        methods: [{method: lsr, name: a, lr: 3}, {method: lsr, name: b}]
                        settings: {lr: [1, 2]}
                        """));
    }

    @Test
    void read_settingsToTune_areOneMethodWhatElseIsAGridIsNot() throws IOException {
        List<SuiteFile.Placed> cells = read("suite.yaml", """
                tasks: [t]
                methods: [{method: lsr, lr: [1, 2], epochs: [3, 4]}, lora]
                settings: {hold-out: 0.1}
                tune: [lr]
                """);
        assertEquals(
                List.of(
                        "lsr epochs=3 lr=1 of lsr epochs=3",
                        "lsr epochs=3 lr=2 of lsr epochs=3",
                        "lsr epochs=4 lr=1 of lsr epochs=4",
                        "lsr epochs=4 lr=2 of lsr epochs=4",
                        "lora of lora"),
                cells.stream()
                        .map(one -> one.cell().method() + " of " + one.cell().tuned())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{tasks: [a], methods: [b], epochs: 1} | the file: found the field \"epochs\", expected models, tasks, methods,",
                "{methods: [b]} | tasks: found nothing, expected a list",
                "{tasks: [], methods: [b]} | tasks: found an empty list, expected at least one task",
                "{tasks: a, methods: [b]} | tasks: found \"a\", expected a list",
                "{tasks: [{data: a}], methods: [b]} | tasks, entry 1: found no field task, expected a name, or an object",
                "{tasks: [a, [c]], methods: [b]} | tasks, entry 2: found array, expected a name",
                "{tasks: [a, 3], methods: [b]} | tasks, entry 2: found 3, expected a name",
                "{tasks: [{task: a, epoch: 1}], methods: [b]} | tasks, entry 1 (a): found the field \"epoch\", expected name, task or",
                "{tasks: [a], methods: [{method: b, seed: 1}]} | methods, entry 1 (b): found the field \"seed\", expected method, name",
                "{tasks: [a], methods: ['b,c']} | methods, entry 1: found \"b,c\", expected one method",
                "{tasks: [{task: a, name: '/'}], methods: [b]} | tasks, entry 1: found the name \"/\", expected one with letters",
                "{tasks: [a], methods: [b], settings: {lr: }} | settings, lr: found null, expected a text or a number",
                "{tasks: [a], methods: [b], settings: {lr: []}} | settings, lr: found an empty list, expected at least one value",
                "{tasks: [a], methods: [b], settings: {text: []}} | settings, text: found an empty list, expected at least one value",
                "{tasks: [a], methods: [b], settings: {lr: [[1]]}} | settings, lr: found array, expected a text or a number",
                "{tasks: [a], methods: [b], settings: {lr: 1e999999999}} | settings, lr: found a number outside the range of a double",
                "{tasks: [a], methods: [b], settings: {lr: [1, 1.0e+400]}} | settings, lr: found a number outside the range of a double",
                "{tasks: [a], methods: [b], settings: {lr: [1, 1.0]}} | settings, lr: found 1 twice, expected each value once",
                "{tasks: [a], methods: [b], settings: {lr: {a: 1}}} | settings, lr: found object, expected a text or a number",
                "{tasks: [a], methods: [b], settings: {lr: true}} | settings, lr: found true, expected a text or a number",
                "{tasks: [a], methods: [b], settings: {term-weights: 1}} | settings, term-weights: found 1, expected true or false",
                "{tasks: [a], methods: [b], settings: {data: c}} | settings, data: found c, which does not exist, expected a file",
                "{tasks: [a], methods: [b], settings: [1]} | settings: found array, expected an object",
                "{tasks: [a], methods: [b], seeds: []} | seeds: found an empty list, expected at least one seed",
                "{tasks: [a], methods: [b], seeds: [1, 1]} | seeds: found 1 twice, expected each seed once",
                "{tasks: [a], methods: [b], seeds: [1.5]} | seeds: found 1.5, expected whole numbers",
                "{tasks: [a, A], methods: [b]} | the cells of tasks, entry 1 (a); methods, entry 1 (b) and tasks, entry 2 (A);",
                "{tasks: [a], methods: [{method: b, lr: [1, 2]}], tune: lr} | (b): found settings to tune without the option hold-out, expected",
                "{tasks: [a], methods: [{method: b, lr: [1, 2], hold-out: 0}], tune: lr} | (b): found settings to tune without the option hold-out,",
                "{tasks: [a], methods: [{method: b, hold-out: 0.0}, {method: c, hold-out: 0.1}]} | entry 1 (b): found no option hold-out",
                "{tasks: [a], methods: [b, {method: c, hold-out: 0.1}]} | entry 1 (b): found no option hold-out, expected hold-out, because another cell has it",
                "{tasks: [a], methods: [b], tune: [x]} | tune: found \"x\", expected options of finetune without their dashes",
                "{tasks: [a], methods: [b], tasks: [c]} | not valid YAML: Duplicate field 'tasks'",
                "[a] | expected a YAML mapping, found ARRAY",
                "{tasks: &x [a], methods: *x} | found an anchor or an alias, expected none",
                "{tasks: [a], methods: [b] | not valid YAML:",
            })
    void read_whatItMayNotBe_isRefusedByItsPlace(String yaml, String message) {
        IOException refused = assertThrows(IOException.class, () -> read("suite.yaml", yaml));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
        assertTrue(refused.getMessage().startsWith(folder.resolve("suite.yaml").toString()), refused.getMessage());
    }

    private String refused(String json) {
        String place = folder.resolve("suite.json") + ": ";
        String message =
                assertThrows(IOException.class, () -> read("suite.json", json)).getMessage();
        assertTrue(message.startsWith(place), message);
        return message.substring(place.length());
    }

    @Test
    void read_numbersOutsideADoublesRange_areRefused() {
        for (String number : List.of("1e400", "-1e400", "1e999999999", "9".repeat(400))) {
            assertEquals(
                    "settings, lr: found a number outside the range of a double, expected one within it",
                    refused("{\"tasks\": [\"a\"], \"methods\": [\"b\"], \"settings\": {\"lr\": " + number + "}}"));
        }
    }

    @Test
    void read_namesAndPathsThatNoFileHas_areRefused() {
        String nul =
                ", which cannot be the name of a file or folder here (Nul character not allowed), expected another name";
        assertEquals(
                "settings, train: found \"a\0.csv\"" + nul,
                refused("{\"tasks\": [\"a\"], \"methods\": [\"b\"], \"settings\": {\"train\": [\"a\\u0000.csv\"]}}"));
        assertEquals(
                "models, entry 1: found \"\u00e9\0\"" + nul,
                refused("{\"models\": [\"\\u00e9\\u0000\"], \"tasks\": [\"a\"], \"methods\": [\"b\"]}"));
        String half = refused(
                "{\"models\": [{\"name\": \"m\", \"model\": \"\\ud800\"}], \"tasks\": [\"a\"], \"methods\": [\"b\"]}");
        assertTrue(half.startsWith("models, entry 1: found \"\ud800\", which cannot be the name of a file"), half);
        assertTrue(half.endsWith("), expected another name"), half);
    }

    @Test
    void read_aCellsName_isMeasuredInBytes() throws IOException {
        String most = "\u6f22".repeat(62); // With minilm_, _bbbb and _1: 200.
        assertEquals(1, names("tasks: [" + most + "]\nmethods: [bbbb]\n").size());
        for (String longer : List.of(most + "a", "\ud835\udc9c".repeat(60))) {
            IOException e = assertThrows(IOException.class, () -> names("tasks: [" + longer + "]\nmethods: [bbbb]\n"));
            assertTrue(e.getMessage().contains("found a cell's name of 2"), e.getMessage());
            assertTrue(e.getMessage().contains(" bytes in UTF-8, minilm_" + longer), e.getMessage());
        }
    }

    @Test
    void read_ofAnotherEnding_orTooLongANameOfACell_isRefused() {
        assertTrue(assertThrows(IOException.class, () -> read("suite.txt", ""))
                .getMessage()
                .contains(".json, .yaml or .yml"));
        String yaml = "tasks: [" + "a".repeat(200) + "]\nmethods: [b]\n";
        assertTrue(assertThrows(IOException.class, () -> read("suite.yaml", yaml))
                .getMessage()
                .contains("at most 200"));
    }
}
