package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;

/** What loading a task says of its files. */
final class LoadFailure {

    private LoadFailure() {}

    /** The message of the IOException that loading ends with. */
    static String of(String task, Path folder) {
        return assertThrows(IOException.class, () -> Tasks.named(task).load(folder))
                .getMessage();
    }
}
