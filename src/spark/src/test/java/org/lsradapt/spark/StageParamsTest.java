package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class StageParamsTest {
    private final LsrTextClassifier classifier = new LsrTextClassifier();

    @Test
    void setParam_wholeNumberForARealOrLongOne_isWidened() {
        classifier.setParam("dropout", 0).setParam("seed", 3);
        assertEquals(0.0, classifier.getOrDefault(classifier.getParam("dropout")));
        assertEquals(3L, classifier.getOrDefault(classifier.getParam("seed")));
    }

    @Test
    void setParam_valueOfAnotherType_isRefusedByName() {
        assertEquals(
                "parameter headSteps: found '0.5', expected a whole number",
                assertThrows(IllegalArgumentException.class, () -> classifier.setParam("headSteps", 0.5))
                        .getMessage());
        assertEquals(
                "parameter textCol: found '1', expected a text",
                assertThrows(IllegalArgumentException.class, () -> classifier.setParam("textCol", 1))
                        .getMessage());
        assertThrows(NoSuchElementException.class, () -> classifier.setParam("headStep", 1));
    }
}
