package org.lsradapt.data.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.tasks.TestFiles;

class LineReaderTest {

    @TempDir
    Path folder;

    @Test
    void next_lineFeedsWithAndWithoutCarriageReturn_endLines() throws IOException {
        assertEquals(List.of("a", "b", "", "c"), lines("a\nb\r\n\nc\n"));
    }

    @Test
    void next_otherLineSeparators_areOrdinaryCharacters() throws IOException {
        assertEquals(List.of("a\rb\u2028c\u0085d\fe\u000bf", "g\r"), lines("a\rb\u2028c\u0085d\fe\u000bf\ng\r\r\n"));
    }

    @Test
    void next_noFinalLineFeed_givesTheLastLine() throws IOException {
        assertEquals(List.of("a", "b"), lines("a\nb"));
        assertEquals(List.of("a", "b"), lines("a\nb\r"));
    }

    @Test
    void next_byteOrderMark_isSkippedAtTheStartOnly() throws IOException {
        assertEquals(List.of("a", "\uFEFFb"), lines("\uFEFFa\n\uFEFFb\n"));
    }

    @Test
    void next_emptyFileOrOnlyByteOrderMark_hasNoLines() throws IOException {
        assertEquals(List.of(), lines(""));
        assertEquals(List.of(), lines("\uFEFF"));
    }

    @Test
    void next_fileOfOneOrTwoBytes_isRead() throws IOException {
        assertEquals(List.of("a"), lines("a"));
        assertEquals(List.of(""), lines("\r\n"));
    }

    @Test
    void next_linesAcrossTheBuffersEnd_areWhole() throws IOException {
        String umlauts = "ä".repeat(50_000);
        assertEquals(List.of("x", umlauts, umlauts, "y"), lines("x\n" + umlauts + "\n" + umlauts + "\r\ny"));
        // A line feed as the last byte of the first buffer of 65,536 bytes (after the three that are read first).
        String full = "b".repeat((1 << 16) + 2);
        assertEquals(List.of(full, "c"), lines(full + "\nc"));
    }

    @Test
    void next_notUtf8_namesFileAndLine() throws IOException {
        Path file = Files.write(folder.resolve("latin1"), new byte[] {'a', '\n', 'b', '\n', (byte) 0xE9, 't', '\n'});
        try (LineReader reader = new LineReader(file)) {
            assertEquals("a", reader.next());
            assertEquals("b", reader.next());
            assertEquals(
                    file
                            + ", line 3: this is not valid UTF-8 text, at byte 1 of the line; convert the file to UTF-8, such as"
                            + " with iconv -f WINDOWS-1252 -t UTF-8, or name the encoding of a table: --encoding"
                            + " windows-1252, in Java Table.encoding",
                    assertThrows(IOException.class, reader::next).getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FFFE6100, 'UTF-16 text, expected UTF-8; save it as UTF-8, convert it with iconv -f UTF-16 -t UTF-8, or name the encoding of a table: --encoding UTF-16, in Java Table.encoding'",
        "FEFF0061, 'UTF-16 text, expected UTF-8; save it as UTF-8, convert it with iconv -f UTF-16 -t UTF-8, or name the encoding of a table: --encoding UTF-16, in Java Table.encoding'",
        "61006200, 'UTF-16 text, expected UTF-8; save it as UTF-8, convert it with iconv -f UTF-16 -t UTF-8, or name the encoding of a table: --encoding UTF-16, in Java Table.encoding'",
        "504B0304, 'a ZIP archive, as workbooks are (.xlsx, .ods), expected text; save the sheet as \"CSV UTF-8\"'",
        "D0CF11E0, 'a workbook (.xls), expected text; save the sheet as \"CSV UTF-8\"'"
    })
    void fileOfAnotherKind_isNamed(String bytes, String found) throws IOException {
        Path file = Files.write(folder.resolve("file"), HexFormat.of().parseHex(bytes));
        assertEquals(
                file + ": this is " + found,
                assertThrows(IOException.class, () -> new LineReader(file)).getMessage());
        assertEquals(List.of("PK,text"), lines("PK,text"));
    }

    @Test
    void characters_haveTheEndsOfLines_inPiecesOfAnySize() throws IOException {
        String content = "a\r\nb\rc\n\n\uD83D\uDE00" + "ä".repeat(70_000) + "\nend";
        Path file = TestFiles.write(folder, "characters", "\uFEFF" + content);
        for (int size : new int[] {1, 7, 8192, 1 << 20}) {
            StringBuilder read = new StringBuilder();
            try (LineReader lines = new LineReader(file)) {
                Reader characters = lines.characters();
                char[] buffer = new char[size];
                assertEquals(0, characters.read(buffer, 0, 0));
                for (int n = characters.read(buffer); n >= 0; n = characters.read(buffer)) {
                    assertTrue(n > 0 && !lines.ended());
                    read.append(buffer, 0, n);
                }
                assertTrue(lines.ended());
            }
            assertEquals(content, read.toString());
        }
    }

    @Test
    void constructor_folder_isRefused() {
        assertEquals(
                folder + ": this is a folder, expected a file",
                assertThrows(IOException.class, () -> new LineReader(folder)).getMessage());
    }

    @Test
    void constructor_noFile_isRefused() {
        assertThrows(NoSuchFileException.class, () -> new LineReader(folder.resolve("none")));
    }

    private List<String> lines(String content) throws IOException {
        List<String> lines = new ArrayList<>();
        try (LineReader reader = new LineReader(TestFiles.write(folder, "lines", content))) {
            for (String line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
                assertEquals(lines.size(), reader.lineNumber());
            }
        }
        return lines;
    }
}
