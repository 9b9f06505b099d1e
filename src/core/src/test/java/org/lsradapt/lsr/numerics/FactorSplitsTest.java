package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FactorSplitsTest {

    @Property(tries = 40)
    void within_anyMatrix_listsEverySplitThatFitsWithItsNearestSumsError(
            @ForAll @IntRange(min = 1, max = 30) int rows,
            @ForAll @IntRange(min = 1, max = 13) int columns,
            @ForAll @IntRange(min = 1, max = 200) int budget,
            @ForAll Random random) {
        INDArray matrix = normal(random, DataType.DOUBLE, rows, columns);
        double norm = matrix.norm2Number().doubleValue();
        List<FactorSplits.Split> splits = FactorSplits.of(matrix).within(budget);
        Set<String> seen = new HashSet<>();
        double last = 0;
        for (FactorSplits.Split split : splits) {
            assertTrue(split.relativeError() >= last, "sorted");
            last = split.relativeError();
            NearestSum nearest = NearestSum.ofMatrix(matrix, split.rows1(), split.cols1(), split.terms());
            assertEquals(nearest.error() / norm, split.relativeError(), 1e-12);
            assertEquals(nearest.sum().parameterCount(), split.parameterCount());
            assertEquals(split.describeFactors(), factors(nearest.sum()));
            long perTerm = split.parameterCount() / split.terms();
            assertTrue(split.parameterCount() <= budget);
            assertTrue(split.parameterCount() + perTerm > budget || split.relativeError() < 1e-14, "the largest s");
            seen.add(split.rows1() + " " + split.cols1());
        }
        for (int p = 1; p <= rows; p++) {
            for (int q = 1; q <= columns; q++) {
                boolean fits = rows % p == 0 && columns % q == 0 && p * q + rows / p * (columns / q) <= budget;
                assertEquals(fits, seen.contains(p + " " + q), p + " " + q);
            }
        }
    }

    private static String factors(KroneckerSum sum) {
        return sum.describe().replaceFirst("\\d+ × ", "");
    }

    @Test
    void within_aSumOfOneSplit_findsThatSplit() {
        Random random = new Random(1);
        KroneckerSum sum =
                KroneckerSum.of(normal(random, DataType.FLOAT, 2, 6, 2), normal(random, DataType.FLOAT, 2, 4, 3));
        FactorSplits.Split best = FactorSplits.of(sum.materialize()).within(60).get(0);
        assertEquals("[6, 2] ⊗ [4, 3]", best.describeFactors());
        assertEquals(2, best.terms());
        assertEquals(0, best.relativeError(), 1e-6);
        assertEquals(
                0,
                FactorSplits.of(Nd4j.zeros(DataType.FLOAT, 6, 4))
                        .within(20)
                        .get(0)
                        .relativeError());
    }

    @Test
    void badInput_isRefusedByName() {
        FactorSplits splits = FactorSplits.of(Nd4j.ones(DataType.FLOAT, 6, 4));
        assertMessage("factor splits: a budget of 0 numbers, expected at least 1", () -> splits.within(0));
        assertMessage(
                "nearest Kronecker sum: a first factor [4, 2] does not divide M [6, 4]", () -> splits.split(4, 2, 1));
        assertMessage("nearest Kronecker sum: 0 terms, expected at least 1", () -> splits.split(2, 2, 0));
        assertMessage(
                "factor splits: M is [6], expected [*, *] (a matrix)",
                () -> FactorSplits.of(Nd4j.ones(DataType.FLOAT, 6)));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
