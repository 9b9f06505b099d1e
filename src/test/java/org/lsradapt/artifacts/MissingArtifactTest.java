package org.lsradapt.artifacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The library without one of its optional artifacts names that one wherever a user comes upon it. */
class MissingArtifactTest {

    @ParameterizedTest
    @CsvSource({
        "JACKSON, MODELS_LOAD",
        "JACKSON, BASE_MODEL_LOAD",
        "JACKSON, HUGGING_FACE_FOLDER",
        "JACKSON, READ_JSON_LINES",
        "JACKSON, SUPER_GLUE",
        "JACKSON, READ_BEIR",
        "JACKSON, SAVE_ADAPTERS",
        "JACKSON, LOAD_ADAPTERS",
        "JACKSON, IMPORT_PEFT",
        "JACKSON, IMPORT_AUTHORS",
        "JACKSON, OPEN_SAFETENSORS",
        "JACKSON, WRITE_SAFETENSORS",
        "JACKSON, OPEN_SHARDS",
        "JACKSON, WRITE_METRICS",
        "JACKSON, READ_SUITE_JSON",
        "JACKSON, READ_SUITE_YAML",
        "YAML, READ_SUITE_YAML",
        "JACKSON, SUITE_REPORT",
        "XCHART, SUITE_REPORT",
        "TOKENIZERS, MODELS_LOAD",
        "TOKENIZERS, BASE_MODEL_LOAD",
        "TOKENIZERS, HUGGING_FACE_FOLDER",
        "PROTOBUF, MODELS_LOAD",
        "PROTOBUF, READ_ONNX",
        "MINILM, MODELS_LOAD",
        "MINILM, BASE_MODEL_LOAD",
        "FASTCSV, READ_CSV",
        "FASTCSV, READ_TSV",
        "FASTCSV, READ_PAIRS",
        "FASTCSV, READ_CAPTIONS",
        "JACKSON, TWO_TOWERS",
        "TOKENIZERS, TWO_TOWERS",
        "JACKSON, LOAD_WHATEVER_IT_IS",
        "TOKENIZERS, LOAD_WHATEVER_IT_IS",
        "EXTJWNL, WORDNET",
        "WORDNET_DATA, WORDNET",
        "EXTJWNL, WORDNET_PAIRS",
        "WORDNET_DATA, WORDNET_PAIRS",
        "XCHART, WRITE_REPORT",
        "XCHART, CONDITION_PICTURE",
        "JACKSON, COMMAND_LINE",
        "PICOCLI, COMMAND_LINE",
        "PROGRESSBAR, COMMAND_LINE",
    })
    void call_withoutTheArtifact_namesIt(OptionalArtifact hidden, EntryPoint entry, @TempDir Path folder)
            throws Exception {
        try (HidingClassLoader loader = HidingClassLoader.without(hidden)) {
            Class<?> entries = loader.loadClass(EntryPoint.class.getName());
            Throwable thrown = assertThrows(InvocationTargetException.class, () -> entries
                            .getMethod("call", String.class, Path.class)
                            .invoke(null, entry.name(), folder))
                    .getCause();
            assertEquals(MissingArtifactException.class.getName(), thrown.getClass().getName(), thrown::toString);
            assertEquals(
                    hidden.use() + " needs " + hidden.coordinates()
                            + " on the class path: add it to your dependencies",
                    thrown.getMessage());
        }
    }

    /** What is not needed is not asked for. */
    @ParameterizedTest
    @CsvSource({
        "PROTOBUF, SAVE_ADAPTERS", "TOKENIZERS, SAVE_ADAPTERS", "XCHART, WRITE_METRICS", "FASTCSV, READ_JSON_LINES",
        "JACKSON, READ_CSV", "JACKSON, READ_PAIRS", "JACKSON, READ_CAPTIONS", "FASTCSV, READ_BEIR", "TOKENIZERS, COMMAND_LINE",
        "FASTCSV, COMMAND_LINE", "YAML, COMMAND_LINE", "YAML, READ_SUITE_JSON",
    })
    void call_withoutAnArtifactThatItDoesNotNeed_isNotRefusedForIt(
            OptionalArtifact hidden, EntryPoint entry, @TempDir Path folder) throws Exception {
        try (HidingClassLoader loader = HidingClassLoader.without(hidden)) {
            Class<?> entries = loader.loadClass(EntryPoint.class.getName());
            try {
                entries.getMethod("call", String.class, Path.class).invoke(null, entry.name(), folder);
            } catch (InvocationTargetException e) {
                // One row of data is refused as too few to hold one out.
                assertEquals(IOException.class, e.getCause().getClass(), () -> e.getCause().toString());
            }
        }
    }
}
