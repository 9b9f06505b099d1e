package org.lsradapt.report.internal.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteFolderTest {

    @TempDir
    Path parent;

    private static SuiteCell cell(String name, String... arguments) {
        return new SuiteCell(name, "m", "t", "lsr", "lsr", 1, List.of(arguments));
    }

    @Test
    void add_newCells_keepsTheOldOnes_andRefusesOthersOfTheirNames() throws IOException {
        SuiteFolder folder = new SuiteFolder(parent.resolve("suite"));
        folder.add(List.of(cell("a", "finetune", "--lr", "1")));
        folder.add(List.of(cell("b", "finetune"), cell("a", "finetune", "--lr", "1")));
        List<SuiteCell> both = List.of(cell("a", "finetune", "--lr", "1"), cell("b", "finetune"));
        assertEquals(both, folder.cells());
        IOException refused = assertThrows(
                IOException.class,
                () -> folder.add(List.of(cell("c", "finetune"), cell("a", "finetune", "--lr", "2"))));
        assertTrue(refused.getMessage().contains("finetune --lr 1; now found: finetune --lr 2"), refused.getMessage());
        assertEquals(both, folder.cells());
    }

    @Test
    void add_toAFolderOfSomethingElse_isRefused() throws IOException {
        Files.writeString(parent.resolve("x"), "");
        IOException refused =
                assertThrows(IOException.class, () -> new SuiteFolder(parent).add(List.of(cell("a", "finetune"))));
        assertEquals(
                "--out " + parent
                        + ": there is no suite.json in it, but x; expected a suite's folder, or one that is empty or does"
                        + " not exist yet",
                refused.getMessage());
        Files.delete(parent.resolve("x"));
        Files.createDirectory(parent.resolve("runs"));
        Files.writeString(parent.resolve("suite.lock"), "");
        new SuiteFolder(parent).add(List.of(cell("a", "finetune")));
    }

    @Test
    void add_whereALinkLeadsNowhereOrAFileIs_isRefused() throws IOException {
        for (Path target : List.of(
                Files.createSymbolicLink(parent.resolve("dangling"), Path.of("nowhere")),
                Files.createSymbolicLink(parent.resolve("looping"), Path.of("looping")),
                Files.writeString(parent.resolve("file"), ""))) {
            IOException refused =
                    assertThrows(IOException.class, () -> new SuiteFolder(target).add(List.of(cell("a", "finetune"))));
            assertEquals(
                    "--out " + target
                            + ": it is not a folder; expected a suite's folder, or one that is empty or does not exist yet",
                    refused.getMessage());
            assertFalse(Files.isDirectory(target));
        }
        assertTrue(Files.notExists(parent.resolve("nowhere")));
    }

    @Test
    void cells_ofAnIndexThatLeadsElsewhere_isRefused() throws IOException {
        for (String name : List.of("../a", "", "/a", "a/b", ".a", "a\\\\b")) {
            Files.writeString(
                    parent.resolve("suite.json"),
                    "{\"format\": 1, \"cells\": [{\"name\": \"" + name + "\", \"model\": \"m\", \"task\": \"t\","
                            + " \"method\": \"x\", \"seed\": 1, \"arguments\": [\"finetune\"]}]}");
            IOException refused = assertThrows(IOException.class, () -> new SuiteFolder(parent).cells(), name);
            assertTrue(refused.getMessage().contains("a name that a suite makes"), refused.getMessage());
        }
        Files.writeString(parent.resolve("suite.json"), "{\"format\": 2, \"cells\": []}");
        assertTrue(assertThrows(IOException.class, () -> new SuiteFolder(parent).cells())
                .getMessage()
                .contains("format is 2, expected 1"));
    }

    @Test
    void cells_ofAnIndexWithWhatNoSuiteWrites_areRefusedByTheField() throws IOException {
        Path index = parent.resolve("suite.json");
        String good =
                "{\"format\": 1, \"cells\": [{\"name\": \"a\", \"model\": \"m\", \"task\": \"t\", \"method\": \"lsr\","
                        + " \"tuned\": \"lsr\", \"seed\": 1, \"arguments\": [\"finetune\"]}]}";
        Files.writeString(index, good);
        assertEquals(List.of(cell("a", "finetune")), new SuiteFolder(parent).cells());
        List<List<String>> changes = List.of(
                List.of("\"format\": 1", "\"format\": 1.5", "\"format\": found 1.5, expected a whole number"),
                List.of(
                        "\"format\": 1",
                        "\"format\": 4294967297",
                        "\"format\": found 4294967297, expected a whole number"),
                List.of("\"seed\": 1", "\"seed\": 1" + "0".repeat(30), "0, expected a whole number"),
                List.of("\"tuned\": \"lsr\"", "\"tuned\": 5", "field \"cells[0].tuned\": found 5, expected a string"),
                List.of("\"model\": \"m\", ", "", "field \"cells[0].model\": missing, expected a string"),
                List.of(
                        "[\"finetune\"]",
                        "[]",
                        "field \"cells[0].arguments\": found none, expected the arguments of finetune"),
                List.of(
                        "[\"finetune\"]",
                        "[[1]]",
                        "field \"cells[0].arguments\": found [[1]], expected an array of strings"));
        Files.writeString(index, good.replaceFirst("(\\{\"name.*\\})\\]", "$1, $1]"));
        assertEquals(
                index + ": field \"cells[1].name\": found \"a\" again, expected each name once",
                assertThrows(IOException.class, () -> new SuiteFolder(parent).cells())
                        .getMessage());
        for (List<String> change : changes) {
            Files.writeString(index, good.replace(change.get(0), change.get(1)));
            String message = assertThrows(IOException.class, () -> new SuiteFolder(parent).cells())
                    .getMessage();
            assertTrue(message.startsWith(index + ": field \""), message);
            assertTrue(message.endsWith(change.get(2)), message);
        }
    }

    @Test
    void failure_andState_thatNoSuiteWrote_areRefusedByTheFile() throws IOException {
        SuiteFolder folder = new SuiteFolder(parent);
        SuiteCell cell = cell("a", "finetune");
        folder.add(List.of(cell));
        folder.begin(cell, "x");
        Path failure = folder.fail(cell, "x", "");
        Path state = parent.resolve("state/a.properties");
        byte[] latin = "begun=\u00e9".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(failure, latin);
        Files.write(state, latin);
        assertEquals(
                failure + ": not UTF-8 text",
                assertThrows(IOException.class, () -> folder.failure(cell)).getMessage());
        assertEquals(
                state + ": not UTF-8 text",
                assertThrows(IOException.class, () -> folder.seconds(cell)).getMessage());
        Files.writeString(state, "begun=\\uZZZZ");
        assertEquals(
                state + ": not valid properties: Malformed \\uxxxx encoding.",
                assertThrows(IOException.class, () -> folder.seconds(cell)).getMessage());
        for (Path file : List.of(failure, state)) {
            Files.delete(file);
            Files.createDirectory(file);
        }
        assertTrue(assertThrows(IOException.class, () -> folder.failure(cell))
                .getMessage()
                .startsWith(failure + ": "));
        assertTrue(assertThrows(IOException.class, () -> folder.seconds(cell))
                .getMessage()
                .startsWith(state + ": "));
    }

    @Test
    void begin_countsUntilTheCellComesFurther_orIsStopped() throws IOException {
        SuiteFolder folder = new SuiteFolder(parent);
        SuiteCell cell = cell("a", "finetune");
        folder.add(List.of(cell, cell("b", "finetune")));
        assertEquals(OptionalInt.of(0), folder.begin(cell, "x"));
        assertEquals(OptionalInt.of(1), folder.begin(cell, "x"));
        assertEquals(OptionalInt.of(2), folder.begin(cell, "x"));
        folder.stopped(cell);
        assertEquals(OptionalInt.of(2), folder.begin(cell, "x"));
        assertEquals(OptionalInt.of(0), folder.begin(cell, "x y"));
        assertEquals(OptionalInt.of(0), folder.begin(cell("b", "finetune"), "x y"));
        folder.finished(cell, OptionalDouble.of(12.5));
        assertEquals(OptionalDouble.of(12.5), folder.seconds(cell));
        assertEquals(OptionalDouble.empty(), folder.seconds(cell("b", "finetune")));
    }

    @Test
    void fail_isKeptUntilTheCellBeginsAgain() throws IOException {
        SuiteFolder folder = new SuiteFolder(parent);
        SuiteCell cell = cell("a", "finetune");
        folder.add(List.of(cell));
        assertEquals(Optional.empty(), folder.failure(cell));
        folder.begin(cell, "x");
        Path file = folder.fail(cell, "it diverged", "details");
        assertEquals(Optional.of("it diverged"), folder.failure(cell));
        assertEquals("it diverged\n\ndetails", Files.readString(file));
        assertEquals(OptionalInt.of(0), folder.begin(cell, "x"));
        assertFalse(Files.exists(file));
    }

    @Test
    void add_replacesWhatFailedAndLeftNothing_alone() throws IOException {
        SuiteFolder folder = new SuiteFolder(parent);
        SuiteCell cell = cell("a", "finetune", "--s", "4");
        SuiteCell other = cell("a", "finetune", "--s", "8");
        folder.add(List.of(cell, cell("b", "finetune")));
        assertThrows(IOException.class, () -> folder.add(List.of(other)), "it did not fail");
        folder.fail(cell, "it diverged", "");
        Files.createDirectories(folder.run(cell));
        assertThrows(IOException.class, () -> folder.add(List.of(other)), "another process may have it");
        Files.delete(folder.run(cell));
        folder.add(List.of(other));
        assertEquals(List.of(other, cell("b", "finetune")), folder.cells());
        assertEquals(Optional.empty(), folder.failure(other));
        assertEquals(OptionalInt.empty(), folder.begin(cell, "x"));
        assertEquals(OptionalInt.of(0), folder.begin(other, "x"));
    }
}
