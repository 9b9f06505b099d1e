package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CentralDifferencesTest {
    @Test
    void assertAgree_oneWrongEntryOfMany_fails() {
        INDArray value = RandomArrays.normal(new Random(1), DataType.DOUBLE, 30, 40);
        Parameter block = new Parameter("block", value, Nd4j.create(DataType.DOUBLE, 30, 40));
        INDArray error = Nd4j.create(DataType.DOUBLE, 30, 40);
        DoubleSupplier loss = () -> {
            block.gradient().assign(value.mul(2 / 1200.0).addi(error));
            return value.mul(value).sumNumber().doubleValue() / 1200;
        };
        CentralDifferences.assertAgree(List.of(block), loss);
        error.putScalar(777, 1e-4);
        assertThrows(AssertionError.class, () -> CentralDifferences.assertAgree(List.of(block), loss));
    }
}
