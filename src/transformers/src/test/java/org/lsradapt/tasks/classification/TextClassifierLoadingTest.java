package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.BaseModel;

class TextClassifierLoadingTest {
    @TempDir
    Path parent;

    private static TextClassifier.Training on(String family) {
        return TextClassifier.on(Samples.model(family)).config(Samples.quick().build());
    }

    @Test
    void load_ofAnotherKindOrModel_isRefused() throws Exception {
        Path folder = parent.resolve("kind");
        try (TextClassifier classifier = on("bert").train(Samples.weather(30))) {
            classifier.save(folder);
        }
        IllegalArgumentException kind = assertThrows(IllegalArgumentException.class, () -> TextRegressor.load(folder));
        assertEquals(folder + ": holds a TextClassifier, expected a TextRegressor", kind.getMessage());
        try (BaseModel other = BaseModel.load(Samples.model("deberta-v3"))) {
            IllegalArgumentException model =
                    assertThrows(IllegalArgumentException.class, () -> FineTunedModel.load(folder, other));
            assertTrue(model.getMessage().contains("fingerprint"), model.getMessage());
        }
        assertEquals(
                "nope: there is no such folder or file, expected one that save, finetune or merge wrote, or the Hugging"
                        + " Face folder or GGUF file of a trained model; nothing is downloaded",
                assertThrows(IOException.class, () -> TextClassifier.load(Path.of("nope")))
                        .getMessage());
    }

    /** Weights of the same names, of which a classifier would make something else. */
    @Test
    void load_wholeModelOfAnotherTask_isRefused() throws Exception {
        Path golden = Path.of(getClass().getResource("/golden/families/bert").toURI());
        Path folder = Files.createDirectory(parent.resolve("choices"));
        for (String name : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(golden.resolve(name), folder.resolve(name));
        }
        ObjectNode config = JsonFile.readObject(golden.resolve("config.json"));
        config.putArray("architectures").add("BertForMultipleChoice");
        JsonFile.write(folder.resolve("config.json"), config);
        String message = assertThrows(IllegalArgumentException.class, () -> FineTunedModel.load(folder))
                .getMessage();
        assertTrue(
                message.endsWith("the model is a BertForMultipleChoice, expected a classifier of texts or images"),
                message);
        BaseModel.load(folder.toString()).close();
    }

    /** A model of Hugging Face that answers with several labels is one of another type, one of several numbers none. */
    @ParameterizedTest
    @CsvSource({
        "multi_label_classification, MultiLabelClassifier",
        "regression,",
        "single_label_classification, TextClassifier"
    })
    void load_wholeModel_isOfTheTypeThatItsProblemSays(String problem, @Nullable String type) throws Exception {
        Path golden = Path.of(getClass().getResource("/golden/families/bert").toURI());
        Path folder = Files.createDirectory(parent.resolve("whole"));
        for (String name : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(golden.resolve(name), folder.resolve(name));
        }
        JsonFile.write(
                folder.resolve("config.json"),
                JsonFile.readObject(golden.resolve("config.json")).put("problem_type", problem));
        if (type != null) {
            try (FineTunedModel model = FineTunedModel.load(folder)) {
                assertEquals(type, model.getClass().getSimpleName());
            }
            return;
        }
        String message = assertThrows(IllegalArgumentException.class, () -> FineTunedModel.load(folder))
                .getMessage();
        assertTrue(message.contains("for problem_type " + problem + " with 3 outputs, expected one output"), message);
    }
}
