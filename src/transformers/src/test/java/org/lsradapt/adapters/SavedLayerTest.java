package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SavedLayerTest {

    private static INDArray factor(double first) {
        INDArray factor = Nd4j.ones(DataType.FLOAT, 2, 2, 1);
        factor.putScalar(0, -first);
        return factor;
    }

    private static Optional<String> overflow(double first, double second, double weight) {
        INDArray weights = Nd4j.createFromArray((float) weight, 1f);
        KroneckerSum one = KroneckerSum.of(factor(1), factor(1));
        KroneckerSum sum = KroneckerSum.of(List.of(factor(first), factor(second)), weights);
        LsrConfig config = LsrConfig.defaults();
        assertEquals(Optional.empty(), new SavedLayer("layer", config, one, one).overflow());
        Optional<String> ofA = new SavedLayer("layer", config, sum, one).overflow();
        Optional<String> ofB = new SavedLayer("layer", config, one, sum).overflow();
        assertEquals(ofA.map(text -> text.replace("A multiply", "B multiply")), ofB);
        return ofA;
    }

    /** Two terms of 8·10³⁷ each are less than FLOAT's 3.4·10³⁸, of 2·10³⁸ they are not. */
    @Test
    void overflow_isWhereTheLargestNumbersMultiplyUpBeyondFloat() {
        assertEquals(Optional.empty(), overflow(4e18, 2e19, 1));
        assertTrue(overflow(1e19, 2e19, 1).orElseThrow().startsWith("the factors of A multiply up to "));
        assertTrue(overflow(4e18, 2e19, 5).isPresent());
        assertTrue(overflow(4e18, 2e19, -5).isPresent());
        assertTrue(overflow(Float.MAX_VALUE, 1, 1).isPresent(), "two terms");
    }
}
