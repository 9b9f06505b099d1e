package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.Samples;

class TextRegressorTest {
    @TempDir
    Path parent;

    @Test
    void train_save_load_predict() throws Exception {
        Path folder = parent.resolve("adapter");
        try (TextRegressor regressor = TextRegressor.on(Samples.model("deberta-v3"))
                .config(Samples.quick().build())
                .train(Samples.degrees(60), Samples.degrees(30))) {
            double pearson = regressor.training().orElseThrow().best().metrics().get("pearson");
            assertTrue(pearson > 0.8, "Pearson's correlation " + pearson);
            double warm = regressor.predict("the sun is warm");
            assertTrue(warm > regressor.predict("the rain is cold") + 0.5, "the sun is warm: " + warm);
            regressor.save(folder);
            try (TextRegressor loaded = TextRegressor.load(folder)) {
                List<String> texts = List.of("the sun is warm", "the rain");
                assertEquals(regressor.predict(texts), loaded.predict(texts));
            }
        }
    }

    @Test
    void classification_isRefused() {
        LabelledData classes = LabelledData.classification(Samples.weather(30)).read();
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> TextRegressor.on(Samples.model("bert")).train(classes));
        assertEquals("regressor: task classification is a classification, expected a regression", refused.getMessage());
    }
}
