package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.AlternatingLeastSquares;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.numerics.KitConversion;
import org.lsradapt.lsr.numerics.NearestSum;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.RoundedSum.StoredFactor;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link NumberCases} asks for. */
final class NumberOperations {

    private NumberOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("round", NumberOperations::round);
        operations.put("decode", NumberOperations::decode);
        operations.put("round-integers", NumberOperations::roundIntegers);
        operations.put("condition", NumberOperations::condition);
        operations.put("nearest-of-matrix", NumberOperations::nearestOfMatrix);
        operations.put("nearest-of-sum", NumberOperations::nearestOfSum);
        operations.put("fit", NumberOperations::fit);
        operations.put("orthogonal-terms", NumberOperations::orthogonalTerms);
    }

    private static Precision format(Exchange exchange) {
        return Precision.named(exchange.settings().get("format").textValue());
    }

    private static void round(Exchange exchange) {
        double[] x = exchange.in().get("x").data().asDouble();
        Precision format = format(exchange);
        exchange.out()
                .put(
                        "stored",
                        Nd4j.createFromArray(Arrays.stream(x).map(format::store).toArray()));
    }

    private static void decode(Exchange exchange) {
        int[] codes = exchange.in().get("codes").castTo(DataType.INT32).data().asInt();
        float[] values = new float[codes.length];
        boolean half = format(exchange) == Precision.FP16;
        for (int i = 0; i < codes.length; i++) {
            values[i] = half ? HalfFloat.fromHalf((short) codes[i]) : HalfFloat.fromBfloat16((short) codes[i]);
        }
        exchange.out().put("values", Nd4j.createFromArray(values));
    }

    private static void roundIntegers(Exchange exchange) {
        INDArray factor = exchange.in().get("factor");
        StoredFactor stored;
        try {
            stored = StoredFactor.of(factor, format(exchange));
        } catch (IllegalArgumentException e) {
            exchange.scalars().put("refused", "not-finite");
            return;
        }
        exchange.out().put("integers", Nd4j.createFromArray(stored.integers()).reshape('c', factor.shape()));
        exchange.out().put("scales", Nd4j.createFromArray(stored.scales()));
        exchange.out().put("values", stored.values().castTo(DataType.FLOAT));
    }

    private static void condition(Exchange exchange) {
        ConditionNumber condition = ConditionNumber.of(SumOperations.sumOf(exchange.in()));
        ObjectNode scalars = exchange.scalars();
        scalars.set("gamma", KitFiles.number(condition.value()));
        scalars.set("norm", KitFiles.number(condition.normF()));
        scalars.set("weight_norm", KitFiles.number(condition.weightNorm()));
        scalars.set("weight_sum", KitFiles.number(condition.weightSum()));
        scalars.set("crest", KitFiles.number(condition.crestFactor()));
        ObjectNode expected = scalars.putObject("expected_error");
        ObjectNode worst = scalars.putObject("worst_error");
        for (Precision format : Precision.values()) {
            expected.set(format.label(), KitFiles.number(condition.smallestError(format)));
            worst.set(format.label(), KitFiles.number(condition.worstCaseError(format)));
        }
    }

    private static void nearestOfMatrix(Exchange exchange) {
        put(
                exchange,
                NearestSum.ofMatrix(
                        exchange.in().get("matrix"),
                        exchange.settings().get("rows1").intValue(),
                        exchange.settings().get("columns1").intValue(),
                        exchange.settings().get("terms").intValue()));
    }

    private static void nearestOfSum(Exchange exchange) {
        put(
                exchange,
                NearestSum.ofSum(
                        SumOperations.sumOf(exchange.in()),
                        exchange.settings().get("terms").intValue()));
    }

    private static void fit(Exchange exchange) {
        KroneckerSum sum = SumOperations.sumOf(exchange.in());
        KroneckerSum fit = AlternatingLeastSquares.ofSum(
                        sum, exchange.settings().get("terms").intValue(), AlternatingLeastSquares.Settings.DEFAULTS)
                .sum();
        exchange.out().put("target", sum.materialize());
        for (int i = 0; i < fit.factors().size(); i++) {
            exchange.out().put("fit_factor" + (i + 1), fit.factors().get(i));
        }
    }

    private static void put(Exchange exchange, NearestSum nearest) {
        exchange.out().put("dense", nearest.sum().materialize());
        exchange.out().put("singular_values", Nd4j.createFromArray(nearest.singularValues()));
        exchange.out().put("first_norms", norms(nearest.sum().factors().get(0)));
        exchange.out().put("second_norms", norms(nearest.sum().factors().get(1)));
        exchange.scalars().put("error", nearest.error());
        exchange.scalars().put("gamma", ConditionNumber.of(nearest.sum()).value());
    }

    /** The norm of each matrix of a stack. */
    static INDArray norms(INDArray stack) {
        double[] norms = new double[(int) stack.size(0)];
        for (int k = 0; k < norms.length; k++) {
            norms[k] = stack.slice(k).norm2Number().doubleValue();
        }
        return Nd4j.createFromArray(norms);
    }

    /** By the monitor that training has, with a bound that no sum keeps. */
    private static void orthogonalTerms(Exchange exchange) {
        INDArray weight = Nd4j.zeros(
                DataType.DOUBLE,
                exchange.settings().get("in").intValue(),
                exchange.settings().get("out").intValue());
        try (AdapterSet set = AdapterSet.create(
                List.of(FrozenLinear.of("linear", weight)),
                KitFiles.config(exchange.settings().get("adapter")),
                Backends.standard())) {
            LsrAdapter adapter = set.lsrAdapter("linear");
            SumOperations.assign(adapter.parameters(), exchange.in());
            new ConditionMonitor(
                            set,
                            new ConditionMonitor.Settings(
                                    1, Precision.FP16, Double.MIN_NORMAL, ConditionMonitor.Policy.REORTHOGONALIZE),
                            ConditionMonitor.Handler.NONE)
                    .observe(1);
            // The error of a sum that is zero is within any bound.
            for (KroneckerSum sum : List.of(adapter.a(), adapter.b())) {
                if (sum.normF() == 0) {
                    KitConversion.orthogonalize(
                            sum, exchange.settings().get("in").intValue());
                }
            }
            put(exchange, "A", adapter.a());
            put(exchange, "B", adapter.b());
        }
    }

    private static void put(Exchange exchange, String side, KroneckerSum sum) {
        INDArray first = sum.factors().get(0);
        INDArray secondNorms = norms(sum.factors().get(1));
        exchange.out().put(side + "_dense", sum.materialize());
        exchange.out().put(side + "_first_norms", norms(first));
        exchange.out().put(side + "_second_norms", secondNorms);
        List<INDArray> unneeded = new ArrayList<>();
        for (int k = 0; k < secondNorms.length(); k++) {
            if (secondNorms.getDouble(k) == 0) {
                unneeded.add(first.slice(k).dup('c'));
            }
        }
        exchange.out()
                .put(
                        side + "_first_unneeded",
                        Nd4j.stack(0, unneeded.toArray(INDArray[]::new)).dup('c'));
        exchange.scalars().put(side + "_gamma", ConditionNumber.of(sum).value());
    }
}
