package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.training.settings.TrainingConfig;

class UsualLengthTest {

    /** 95 inputs have one length, and five another. */
    @ParameterizedTest
    @CsvSource({
        "20, 20, 512, 128",
        "128, 128, 512, 128",
        "129, 129, 512, 160",
        "133, 4000, 512, 160",
        "20, 4000, 512, 128",
        "263, 300, 512, 288",
        "900, 900, 8192, 512",
        "300, 300, 256, 256",
        "20, 20, 32, 32"
    })
    void length_isThe95thPercentile_betweenUsualAndMost(int most, int few, int positions, int expected) {
        List<Integer> lengths = new ArrayList<>(Collections.nCopies(95, most));
        lengths.addAll(Collections.nCopies(5, few));
        Collections.reverse(lengths);
        assertEquals(expected, SequenceTraining.usualLength(lengths, positions));
    }

    @Test
    void length_countsPairsWithSpecialTokens() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            String text = "rain ".repeat(14).strip();
            assertEquals(31, SequenceTraining.length(base.tokenizer(), new Example(text, text, new Label.Category(0))));
            assertEquals(16, SequenceTraining.length(base.tokenizer(), new Example(text, null, new Label.Category(0))));
        }
    }

    @Test
    void bounded_keepsTheTokensOfAPass() {
        TrainingConfig config = TrainingConfig.builder().batchSize(32).build();
        assertEquals(config, SequenceTraining.bounded(config, 128));
        assertEquals(14, SequenceTraining.bounded(config, 288).chunkSize());
        assertEquals(8, SequenceTraining.bounded(config, 512).chunkSize());
        TrainingConfig asked = config.toBuilder().chunkSize(3).build();
        assertEquals(asked, SequenceTraining.bounded(asked, 512));
    }
}
