package org.lsradapt.tasks.labels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.Prediction;

class LabelsPredictionTest {
    @Test
    void ofLabels_withoutAChosenLabel_isEmpty() {
        Prediction none = new LabelsPrediction(
                new Example("one", null),
                new ChosenLabels(List.of(), List.of("a", "b"), List.of(0.1, 0.2), List.of(0.5, 0.5)));
        assertEquals(Optional.of(List.of()), none.cells(false));
        assertEquals(Optional.of(List.of("b", "0.2000", "a", "0.1000")), none.cells(true));
        assertEquals(List.of(), none.fields(false).get("labels"));
    }
}
