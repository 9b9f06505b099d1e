package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ViewsTest {
    private final INDArray matrix = Nd4j.linspace(0, 59, 60, DataType.DOUBLE).reshape(6, 10);

    @Test
    void block_ofBlock_readsAndWritesTheOwner() {
        INDArray columns = Views.columns(matrix, 2, 8);
        INDArray row = Views.block(columns, 3, 4, 1, 3);
        assertArrayEquals(new long[] {1, 2}, row.shape());
        assertArrayEquals(new double[] {33, 34}, row.dup('c').data().asDouble());
        Views.rows(row, 0, 1).assign(-1);
        assertEquals(-1, matrix.getDouble(3, 4));
        assertEquals(32, matrix.getDouble(3, 2));
    }

    @Test
    void piece_ofPiece_hasItsOwnShape() {
        INDArray half = Views.piece(matrix, 30, 30);
        INDArray cube = Views.piece(half, 6, 2, 3, 2);
        assertEquals(36 + 2 + 1, cube.getDouble(0, 1, 1));
        assertEquals(47, cube.getDouble(1, 2, 1));
        cube.muli(0);
        assertEquals(0, matrix.getDouble(4, 1));
        assertEquals(48, matrix.getDouble(4, 8));
    }

    @Test
    void overlap_blocksOfOneMatrix_areToldApart() {
        INDArray block = Views.block(matrix, 2, 4, 3, 6);
        assertTrue(Views.overlap(matrix, block));
        assertTrue(Views.overlap(block, block));
        assertTrue(Views.overlap(block, Views.block(matrix, 3, 6, 5, 9)));
        assertTrue(Views.overlap(Views.block(matrix, 0, 3, 0, 4), block));
        assertFalse(Views.overlap(block, Views.block(matrix, 2, 4, 6, 9)));
        assertFalse(Views.overlap(block, Views.block(matrix, 2, 4, 0, 3)));
        assertFalse(Views.overlap(block, Views.block(matrix, 4, 6, 3, 6)));
        assertFalse(Views.overlap(block, Views.block(matrix, 0, 2, 3, 6)));
        assertFalse(Views.overlap(matrix, matrix.dup()));
        assertTrue(Views.overlap(matrix, matrix.transpose()));
        assertFalse(
                Views.overlap(Views.rows(matrix, 0, 2), Views.rows(matrix, 2, 4).transpose()));
        assertFalse(Views.overlap(matrix, Nd4j.empty(DataType.DOUBLE)));
    }

    @Test
    void overlap_blocksOfAMatrixThatBeginsInsideItsMemory_areToldApart() {
        INDArray inside = Views.piece(Nd4j.create(DataType.DOUBLE, 47), 7, 4, 10);
        int[][] blocks = {{0, 2, 0, 3}, {0, 2, 3, 10}, {1, 4, 8, 10}, {2, 3, 0, 10}, {3, 4, 1, 2}, {0, 4, 4, 5}};
        for (int[] a : blocks) {
            for (int[] b : blocks) {
                boolean meet = a[0] < b[1] && b[0] < a[1] && a[2] < b[3] && b[2] < a[3];
                INDArray first = Views.block(inside, a[0], a[1], a[2], a[3]);
                INDArray second = Views.block(inside, b[0], b[1], b[2], b[3]);
                assertEquals(meet, Views.overlap(first, second), Arrays.toString(a) + " " + Arrays.toString(b));
            }
        }
    }

    @Test
    void overlap_viewsOfOtherOrder_countsWhatLiesBetweenFirstAndLast() {
        INDArray upper = Views.rows(matrix, 0, 3);
        assertTrue(Views.overlap(upper, Views.rows(matrix, 2, 4).transpose()));
        INDArray fromItsLast = Views.block(matrix, 2, 4, 9, 10).transpose();
        assertTrue(Views.overlap(upper, fromItsLast));
        assertTrue(Views.overlap(fromItsLast, upper));
        INDArray behind = Views.rows(matrix, 3, 5).transpose();
        assertFalse(Views.overlap(upper, behind));
        assertFalse(Views.overlap(behind, upper));
    }

    @Test
    void overlap_piecesOfAnyRank_areToldApart() {
        INDArray number = Views.piece(matrix, 5);
        INDArray vector = Views.piece(matrix, 6, 4);
        INDArray cube = Views.piece(matrix, 10, 2, 3, 2);
        for (INDArray piece : List.of(number, vector, cube)) {
            assertTrue(Views.overlap(piece, piece));
            assertTrue(Views.overlap(matrix, piece));
        }
        assertFalse(Views.overlap(number, vector));
        assertFalse(Views.overlap(cube, vector));
        assertTrue(Views.overlap(cube, Views.piece(matrix, 21, 3)));
        assertFalse(Views.overlap(Views.piece(matrix, 22, 3), cube));
    }

    @Test
    void isContiguous_gapsAndOtherOrders_areSeen() {
        assertTrue(Views.isContiguous(matrix));
        assertTrue(Views.isContiguous(Views.rows(matrix, 1, 3)));
        assertTrue(Views.isContiguous(Views.block(matrix, 2, 3, 4, 7)), "one row has no next one");
        assertTrue(Views.isContiguous(Views.piece(matrix, 5, 2, 3, 4)));
        assertFalse(Views.isContiguous(Views.block(matrix, 2, 4, 4, 7)));
        assertFalse(Views.isContiguous(matrix.transpose()));
    }

    @Test
    void hash_ofTheSameNumbers_isTheSameWhateverTheStrides() {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT, DataType.BFLOAT16)) {
            INDArray numbers = matrix.castTo(type);
            long hash = Views.hash(numbers);
            assertEquals(hash, Views.hash(numbers.dup('f')));
            assertEquals(hash, Views.hash(numbers.transpose().dup('c').transpose()));
            for (long[] at : new long[][] {{0, 0}, {2, 3}, {5, 9}}) {
                INDArray other = numbers.dup();
                other.putScalar(at, -0.5);
                assertNotEquals(hash, Views.hash(other));
            }
            assertEquals(40, numbers.getDouble(4, 0));
        }
    }

    /** It is of bits: an update that turns 0 into -0 is one. */
    @Test
    void hash_tellsZerosApart() {
        assertNotEquals(Views.hash(Nd4j.createFromArray(0f)), Views.hash(Nd4j.createFromArray(-0f)));
        assertNotEquals(Views.hash(Nd4j.createFromArray(0d)), Views.hash(Nd4j.createFromArray(-0d)));
    }
}
