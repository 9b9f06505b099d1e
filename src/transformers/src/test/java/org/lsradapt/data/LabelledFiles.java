package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.tasks.TestFiles;

/** What tests of tables of texts and labels share. */
abstract class LabelledFiles {
    static final String FILMS = "text,label\na great film,good\ndull,bad\nso so,bad\n";

    @TempDir
    Path folder;

    final Path write(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    /** Reads a file as training and evaluation data. */
    static LabelledData read(Path file) throws IOException {
        return LabelledData.classification(file).dev(file).read();
    }

    final List<String> labels(String name, String content) throws IOException {
        return read(write(name, content)).task().labels();
    }

    static String failure(Path train) {
        return failure(LabelledData.classification(train));
    }

    static String failure(LabelledData.FromFiles files) {
        return assertThrows(IOException.class, files::read).getMessage();
    }

    static String refusal(Executable code) {
        return assertThrows(IllegalArgumentException.class, code).getMessage();
    }
}
