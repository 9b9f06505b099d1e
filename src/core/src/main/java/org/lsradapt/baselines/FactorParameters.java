package org.lsradapt.baselines;

import java.util.List;
import org.lsradapt.lsr.StackMemory.Piece;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Views of one adapter's parameters of one Kronecker factor, for all terms.
 *
 * @param pieces the whole factors [s, in, out]; or the two parts of a product, Pᵀ [s, r, in] and Q [s, r, out]
 */
record FactorParameters(List<Piece> pieces) {

    boolean isWhole() {
        return pieces.size() == 1;
    }

    INDArray whole() {
        return pieces.get(0).value();
    }

    /** Pᵀ. */
    INDArray inPart() {
        return pieces.get(0).value();
    }

    /** Q. */
    INDArray outPart() {
        return pieces.get(1).value();
    }

    /** Whole factors stored as [s, out, in]. */
    static Piece transposed(Piece piece) {
        return new Piece(transposed(piece.value()), transposed(piece.gradient()));
    }

    private static INDArray transposed(INDArray array) {
        long[] shape = {array.size(0), array.size(2), array.size(1)};
        long[] strides = {array.stride(0), array.stride(2), array.stride(1)};
        return Nd4j.create(array.data(), shape, strides, array.offset(), 'c');
    }
}
