package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyedTextsTest {
    @TempDir
    Path folder;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Test
    void byKey_table_groupsRowsByKeyInTheirOrder() throws IOException {
        Path file = write("mails.csv", "folder,user,subject\nwork,ben,tax\nhome,ada,\"cake, tea\"\nhome,ben,cat\n");
        KeyedTexts texts = LabelledData.classification(file)
                .text("subject")
                .label("folder")
                .byKey("user", List.of("home", "work"));
        Example tax = new Example("tax", null, new Label.Category(1));
        assertEquals(
                Map.of(
                        "ada",
                        List.of(new Example("cake, tea", null, new Label.Category(0))),
                        "ben",
                        List.of(tax, new Example("cat", null, new Label.Category(0)))),
                texts.byKey());
        assertEquals(List.of("ada", "ben"), List.copyOf(texts.byKey().keySet()));
        assertEquals(3, texts.rows());
        assertEquals(List.of("ben", "ada", "ben"), KeyedTexts.keys(Table.of(file), "user"));
    }

    @Test
    void byKey_jsonLines_takesPairsAndNumbersAsKeys() throws IOException {
        Path file = write("pairs.jsonl", "{\"a\":\"x\",\"b\":\"y\",\"label\":\"no\",\"key\":7}\n");
        KeyedTexts texts = LabelledData.classification(file).text("a", "b").byKey("key", List.of("no", "yes"));
        assertEquals(Map.of("7", List.of(new Example("x", "y", new Label.Category(0)))), texts.byKey());
    }

    @Test
    void byKey_damagedTable_namesTheLine() throws IOException {
        assertComplaint(
                "mails.csv, line 3", "unknown label \"play\", expected one of home, work", "a,b,home\na,b,play\n");
        assertComplaint("mails.csv, line 2", "column \"user\"", "a,,home\n");
        Path file = write("mails.csv", "text,label\na,home\n");
        assertTrue(assertThrows(
                        IOException.class,
                        () -> LabelledData.classification(file).byKey("key", List.of("home", "work")))
                .getMessage()
                .contains("\"key\""));
    }

    private void assertComplaint(String place, String problem, String rows) throws IOException {
        Path file = write("mails.csv", "text,user,label\n" + rows);
        String message = assertThrows(
                        IOException.class,
                        () -> LabelledData.classification(file).byKey("user", List.of("home", "work")))
                .getMessage();
        assertTrue(message.contains(place.replace("mails.csv", file.toString())), message);
        assertTrue(message.contains(problem), message);
    }
}
