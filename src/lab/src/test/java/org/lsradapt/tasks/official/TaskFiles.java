package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.tasks.TestFiles;

/** A folder of a task's files and what loading them gives. */
abstract class TaskFiles {

    @TempDir
    Path folder;

    final void write(String name, String content) throws IOException {
        TestFiles.write(folder, name, content);
    }

    /** The training file's rows. */
    final List<Example> train(String task) throws IOException {
        return Tasks.named(task).load(folder).train();
    }

    final void assertRefused(String message, String task) {
        assertEquals(folder + File.separator + message, failure(task, folder));
    }

    static String failure(String task, Path folder) {
        return assertThrows(IOException.class, () -> Tasks.named(task).load(folder))
                .getMessage();
    }

    static Example text(String text, int label) {
        return new Example(text, null, new Label.Category(label));
    }

    static Example pair(String first, String second, int label) {
        return new Example(first, second, new Label.Category(label));
    }
}
