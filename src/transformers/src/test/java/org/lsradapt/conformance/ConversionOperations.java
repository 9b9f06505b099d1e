package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.numerics.KitConversion;
import org.lsradapt.lsr.numerics.LoraConversion;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.inverse.InvertMatrix;

/** What {@link ConversionCases} asks for. */
final class ConversionOperations {

    private ConversionOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("convert", ConversionOperations::convert);
        operations.put("conversion-starts", ConversionOperations::starts);
    }

    private static void starts(Exchange exchange) {
        JsonNode settings = exchange.settings();
        int rank = settings.get("r").intValue();
        INDArray a = exchange.in().get("a");
        List<INDArray[]> starts = KitConversion.starts(
                a,
                exchange.in().get("b"),
                rank,
                settings.get("rotations").intValue(),
                Long.parseLong(settings.get("seed").textValue()));
        boolean whole = a.size(1) <= rank;
        if (whole) {
            exchange.out().put("first_left", starts.get(0)[0]);
            exchange.out().put("first_right", starts.get(0)[1]);
        }
        int balancedAt = whole ? 1 : 0;
        INDArray[] balanced = starts.get(balancedAt);
        long directions =
                Math.min(Math.min(a.size(0), a.size(1)), exchange.in().get("b").size(1));
        if (directions < rank) {
            exchange.out().put("balanced_left_filling", filling(balanced[0], directions));
            exchange.out().put("balanced_right_filling", filling(balanced[1], directions));
        }
        exchange.out()
                .put(
                        "balanced_product",
                        balanced[0].mmul(balanced[1].transpose()).dup('c'));
        // L·Q = L' determines Q, as the columns of L are independent. With U = L·D of columns of norm 1, D diagonal,
        // Q = D·(Uᵀ·U)⁻¹·Uᵀ·L'.
        INDArray lengths = balanced[0].norm2(0);
        INDArray unit = balanced[0].divRowVector(lengths).transpose().dup('c');
        INDArray solver =
                InvertMatrix.invert(unit.mmul(unit.transpose()), false).mmul(unit);
        INDArray[] rotations = starts.stream()
                .skip(balancedAt + 1)
                .map(start -> solver.mmul(start[0]).divColumnVector(lengths.reshape(rank, 1)))
                .toArray(INDArray[]::new);
        exchange.out().put("rotations", Nd4j.stack(0, rotations).dup('c'));
    }

    private static INDArray filling(INDArray matrix, long from) {
        return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, matrix.size(1)))
                .dup('c');
    }

    private static void convert(Exchange exchange) {
        JsonNode settings = exchange.settings();
        INDArray a = exchange.in().get("a");
        INDArray b = exchange.in().get("b");
        LoraConversion found = LoraConversion.of(
                a,
                b,
                KitFiles.config(settings.get("adapter")),
                new LoraConversion.Settings(
                        settings.get("rotations").intValue(),
                        settings.get("trial_sweeps").intValue(),
                        settings.get("more_sweeps").intValue(),
                        settings.get("tolerance").doubleValue(),
                        Long.parseLong(settings.get("seed").textValue())));
        put(exchange, "a", found.a());
        put(exchange, "b", found.b());
        exchange.out()
                .put(
                        "target",
                        a.castTo(DataType.DOUBLE)
                                .mmul(b.castTo(DataType.DOUBLE))
                                .dup('c'));
        exchange.out()
                .put(
                        "errors",
                        Nd4j.createFromArray(found.errors().stream()
                                .mapToDouble(Double::doubleValue)
                                .toArray()));
        exchange.scalars().set("plain_error", KitFiles.number(found.plainError()));
        exchange.scalars()
                .put("norm_ratio", found.a().normF() / found.b().normF())
                .put("parameters", found.parameterCount())
                .put("lora_parameters", found.loraParameterCount());
    }

    private static void put(Exchange exchange, String side, KroneckerSum sum) {
        List<INDArray> factors = sum.factors();
        for (int i = 0; i < factors.size(); i++) {
            exchange.out().put("update_" + side + "_factor" + (i + 1), factors.get(i));
        }
        exchange.out().put(side + "_first_norms", NumberOperations.norms(factors.get(0)));
        exchange.out().put(side + "_second_norms", NumberOperations.norms(factors.get(1)));
        exchange.out().put(side + "_dense", sum.materialize());
        exchange.scalars()
                .set(side + "_gamma", KitFiles.number(ConditionNumber.of(sum).value()));
    }
}
