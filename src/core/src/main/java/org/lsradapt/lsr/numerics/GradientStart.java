package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * An initialization that has seen the data: an adapter whose update is zero, as before, and whose first steps go along the
 * gradient G [in, out] of the loss with respect to W.
 *
 * <p>With B = 0 a step changes ΔW by −η·c²·A·Aᵀ·G, so what A spans decides how much of G it can follow: all that r directions can
 * if A spans the r leading left singular vectors U of G, as LoRA-GA (Wang, Yu and Li, arXiv 2407.05000) starts LoRA. A Kronecker sum
 * of s terms cannot be U in general, but the columns may be any that span the same: A is the {@link NearestSum} of U·R for the
 * rotation R under which that is closest, found by turns (the nearest sum of U·R, then the R for which U·R is nearest to that sum,
 * by Procrustes). Of B, the factors that are not zero become the left factors of the nearest sum of AᵀG, those of its terms with
 * the largest weights, so that the first step of the others can follow AᵀG as far as s terms can. All norms stay as they were:
 * ‖A‖ and those of B's factors, and with them the size of steps.
 */
public final class GradientStart {
    private static final int TURNS = 20;

    /** Terms below this part of the largest are round-off; a zero in both factors would stay zero for ever. */
    private static final double NEGLIGIBLE = 1e-6;

    private GradientStart() {}

    /**
     * An orthonormal basis of what columns span.
     *
     * @param columns [n, k], k ≤ n, of a real type
     * @return Q [n, k], DOUBLE, new; a column that depends on earlier ones is zero
     * @throws IllegalArgumentException if there are more columns than rows
     */
    public static INDArray basis(INDArray columns) {
        Require.argument(
                columns.rank() == 2 && columns.size(1) <= columns.size(0),
                "basis: columns have shape %s, expected a matrix with no more columns than rows",
                columns.shapeInfoToString());
        double[][] vectors = new double[(int) columns.size(1)][];
        for (int k = 0; k < vectors.length; k++) {
            vectors[k] = columns.getColumn(k).toDoubleVector();
        }
        Orthogonal.orthogonalize(vectors);
        return Nd4j.createFromArray(vectors).transpose().dup('c');
    }

    /**
     * Checks that adapters of a configuration can be started so.
     *
     * @throws IllegalArgumentException if they have three factors or more, or begin with an update that is not zero
     */
    public static void requirePossible(LsrConfig config) {
        Require.argument(
                (config.isLora() || config.factorCount() == 2)
                        && config.initialization() != Initialization.PAPER_AUTHORS,
                "gradient start: adapters of %d factors and initialization %s, expected 2 factors, or LoRA, and a zero update",
                config.factorCount(),
                config.initialization().label());
    }

    /**
     * Initializes an adapter by a gradient that is known as Q·(QᵀG), such as by a randomized range finder. Where G is zero the
     * adapter stays as it is.
     *
     * @param adapter fresh: its update is zero; plain LoRA or of two factors; its parameters are overwritten
     * @param basis Q [in, k], orthonormal columns, k ≥ r
     * @param coordinates QᵀG [k, out]
     * @return the share of ‖QᵀG‖² in the directions that A spans, 0 … 1; 0 where G is zero
     * @throws IllegalArgumentException if shapes do not fit, the adapter's update is not zero, or it has three factors or more
     */
    public static double apply(LsrAdapter adapter, INDArray basis, INDArray coordinates) {
        int r = (int) adapter.a().columns();
        Require.shape(
                "gradient start",
                "basis",
                basis,
                "in and at least r",
                adapter.a().rows(),
                -1);
        Require.shape(
                "gradient start",
                "coordinates",
                coordinates,
                "the basis and out",
                basis.size(1),
                adapter.b().columns());
        Require.argument(
                basis.size(1) >= r, "gradient start: basis has %d columns, expected r = %d or more", basis.size(1), r);
        Require.argument(
                coordinates.size(1) >= r,
                "gradient start: the layer has %d outputs, expected r = %d or more",
                coordinates.size(1),
                r);
        requirePossible(adapter.config());
        Require.argument(
                adapter.b().normF() == 0,
                "gradient start: the update of layer %s is not zero, expected a fresh adapter whose initialization is a zero"
                        + " update",
                adapter.name());
        INDArray q = basis.castTo(DataType.DOUBLE);
        INDArray g = coordinates.castTo(DataType.DOUBLE);
        SingularValues values = SingularValues.of(g);
        double whole = values.tail(0);
        if (whole == 0) {
            return 0;
        }
        INDArray u = signed(q.mmul(values.u().get(NDArrayIndex.all(), NDArrayIndex.interval(0, r))));
        INDArray a = adapter.config().isLora() ? startLora(adapter.a(), u) : startSum(adapter.a(), u);
        INDArray ofA = Orthogonal.of(a).q().transpose().mmul(q).mmul(g);
        if (!adapter.config().isLora()) {
            startFactors(adapter.b(), a.transpose().mmul(q).mmul(g));
        }
        double share = ofA.norm2Number().doubleValue() / whole;
        return share * share;
    }

    /**
     * With the sign of each column by its largest element: decompositions choose signs at will, and where turns begin decides
     * where they end.
     */
    private static INDArray signed(INDArray columns) {
        for (int k = 0; k < columns.size(1); k++) {
            INDArray column = columns.getColumn(k);
            if (column.maxNumber().doubleValue() < -column.minNumber().doubleValue()) {
                column.negi();
            }
        }
        return columns;
    }

    private static INDArray startLora(KroneckerSum a, INDArray u) {
        INDArray scaled = u.mul(a.normF() / u.norm2Number().doubleValue());
        a.factors()
                .get(0)
                .assign(scaled.castTo(a.dataType()).reshape(a.factors().get(0).shape()));
        return scaled;
    }

    private static INDArray startSum(KroneckerSum a, INDArray u) {
        INDArray rotated = u;
        NearestSum nearest = nearest(a, rotated);
        for (int turn = 0; turn < TURNS; turn++) {
            SingularValues overlap =
                    SingularValues.of(u.transpose().mmul(nearest.sum().materialize()));
            rotated = u.mmul(overlap.u()).mmul(overlap.v().transpose());
            nearest = nearest(a, rotated);
        }
        double root = Math.sqrt(a.normF() / nearest.sum().normF());
        int terms = terms(nearest);
        for (int side = 0; side < 2; side++) {
            double[][] now = SmallMatrices.rows(a.factors().get(side));
            double[][] found = SmallMatrices.rows(nearest.sum().factors().get(side));
            for (int k = 0; k < now.length; k++) {
                if (k < terms) {
                    now[k] = found[k];
                    SmallMatrices.scale(root, now[k]);
                } else if (side == 0) {
                    SmallMatrices.scale(0, now[k]);
                }
            }
            SmallMatrices.write(now, a.factors().get(side));
        }
        return a.materialize().castTo(DataType.DOUBLE);
    }

    private static void startFactors(KroneckerSum b, INDArray target) {
        NearestSum nearest = nearest(b, target);
        INDArray first = b.factors().get(0);
        double[][] now = SmallMatrices.rows(first);
        double[][] found = SmallMatrices.rows(nearest.sum().factors().get(0));
        for (int k = 0; k < Math.min(now.length, terms(nearest)); k++) {
            double norm = SmallMatrices.norm(now[k]);
            now[k] = found[k];
            SmallMatrices.scale(norm / SmallMatrices.norm(found[k]), now[k]);
        }
        SmallMatrices.write(now, first);
    }

    /** Of the sum's terms and factor sizes. */
    private static NearestSum nearest(KroneckerSum sum, INDArray matrix) {
        INDArray first = sum.factors().get(0);
        return NearestSum.ofMatrix(matrix, (int) first.size(1), (int) first.size(2), sum.separationRank());
    }

    private static int terms(NearestSum nearest) {
        double[] sigma = nearest.singularValues();
        int terms = 0;
        while (terms < nearest.sum().separationRank() && sigma[terms] > NEGLIGIBLE * sigma[0]) {
            terms++;
        }
        return terms;
    }
}
