package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.tasks.classification.TextClassifier;

/** Where a model is saved. */
class SaveTest {
    @TempDir
    private Path parent;

    @Test
    void save_whereSomethingIs_isRefused_andSaveReplacingReplacesAModel() throws IOException {
        Path loaded = parent.resolve("first");
        Path file = Files.writeString(parent.resolve("file"), "mine");
        Path others = Files.createDirectory(parent.resolve("others"));
        Files.writeString(others.resolve("adapter_config.json"), "mine");
        TextClassifier.on(Samples.model("bert"))
                .config(Samples.quick().epochs(1).build())
                .adapters(LsrConfig.defaults())
                .saveTo(Files.createDirectory(loaded))
                .train(Samples.weather(30))
                .close();
        Path link = Files.createSymbolicLink(parent.resolve("link"), loaded);
        Map<String, Long> before = files();
        try (TextClassifier classifier = TextClassifier.load(loaded)) {
            for (Path there : new Path[] {loaded, link, others, file}) {
                String message = assertThrows(IOException.class, () -> classifier.save(there, Precision.INT8))
                        .getMessage();
                assertEquals(
                        there + ": cannot save the model there: found "
                                + (there.equals(file) ? "something that is not a folder" : "a folder that is not empty")
                                + ", expected an empty folder or a new name; saveReplacing replaces a saved model",
                        message);
                // Before the base model is looked for.
                assertEquals(
                        message,
                        assertThrows(
                                        IOException.class,
                                        () -> TextClassifier.on(parent.resolve("no model")
                                                        .toString())
                                                .saveTo(there)
                                                .train(Samples.weather(30)))
                                .getMessage());
            }
            assertThrows(
                    IllegalArgumentException.class, () -> classifier.save(parent.resolve("new"), Precision.FP8_E4M3));
            assertEquals(before, files());
            classifier.saveReplacing(loaded, Precision.INT8);
            assertFalse(before.equals(files()));
        }
        TextClassifier.load(loaded).close();
    }

    private Map<String, Long> files() throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(parent)) {
            for (Path one : all.filter(Files::isRegularFile).toList()) {
                sizes.put(parent.relativize(one).toString(), Files.size(one));
            }
        }
        return sizes;
    }
}
