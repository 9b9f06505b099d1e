package org.lsradapt.training.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ClassWeightsTest {

    @Test
    void balanced_unequalClasses_haveEqualPartsInTheLoss() {
        int[] labels = {0, 2, 0, 1, 0, 0, 2};
        double[] weights = ClassWeights.balanced(labels, 3);
        assertArrayEquals(new double[] {7 / 12.0, 7 / 3.0, 7 / 6.0}, weights, 1e-15);
        assertEquals(4 * weights[0], weights[1], 1e-15);
        assertEquals(4 * weights[0], 2 * weights[2], 1e-15);
    }

    @Test
    void balanced_badLabels_areRefused() {
        assertMessage("class weights: class 1 has no example, expected at least one", 3, 0, 2, 2);
        assertMessage("class weights: label 3, expected a class index from 0 to 2", 3, 0, 3);
        assertMessage("class weights: 1 classes, expected >= 2", 1, 0);
    }

    private static void assertMessage(String message, int classes, int... labels) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> ClassWeights.balanced(labels, classes))
                        .getMessage());
    }
}
