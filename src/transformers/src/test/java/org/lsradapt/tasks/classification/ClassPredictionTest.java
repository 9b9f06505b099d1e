package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.Prediction;

class ClassPredictionTest {
    private static final Classification CLASSES =
            new Classification("b", 0.7, List.of("a", "b", "c"), List.of(0.1, 0.7, 0.2));

    @Test
    void ofText_ofAPair_hasBothTextsAndTheClassesByProbability() {
        Prediction pair = ClassPrediction.ofText(new Example("one", "two"), CLASSES);
        assertEquals(
                List.of("text", "second_text", "label", "probability"),
                List.copyOf(pair.fields(false).keySet()));
        assertEquals(
                List.of("b", "c", "a"),
                List.copyOf(((Map<?, ?>) pair.fields(true).get("probabilities")).keySet()));
        assertEquals(Optional.of(List.of("b", "0.7000")), pair.cells(false));
        assertEquals(Optional.of(List.of("b", "0.7000", "c", "0.2000", "a", "0.1000")), pair.cells(true));
    }

    @Test
    void ofImage_endsWithTheFile() {
        Prediction image = ClassPrediction.ofImage("cat.png", CLASSES);
        assertEquals(Optional.of(List.of("b", "0.7000", "cat.png")), image.cells(false));
        assertEquals(Map.of("image", "cat.png", "label", "b", "probability", 0.7), image.fields(false));
    }

    @Test
    void from_belowTheLeastProbability_hasAnEmptyLabel() {
        ClassPrediction one = ClassPrediction.ofText(new Example("one", null), CLASSES);
        assertEquals(one, one.from(OptionalDouble.empty()));
        assertEquals(one, one.from(OptionalDouble.of(0.7)));
        Prediction unsure = one.from(OptionalDouble.of(0.71));
        assertEquals(Optional.of(List.of("", "0.7000")), unsure.cells(false));
        assertEquals(one.cells(true), unsure.cells(true));
        assertEquals(Map.of("text", "one", "label", "", "probability", 0.7), unsure.fields(false));
    }
}
