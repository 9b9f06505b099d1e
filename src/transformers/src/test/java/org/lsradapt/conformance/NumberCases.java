package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.array;
import static org.lsradapt.conformance.KitFiles.normal;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Number formats, condition, nearest sums, orthogonal terms. */
final class NumberCases {
    private static final int CODES = 1 << 16;

    private NumberCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        for (Precision format : Precision.floatingPoint()) {
            cases.add(rounding(format));
        }
        for (String format : List.of("fp16", "bf16")) {
            cases.add(codes(format));
        }
        cases.add(integers(Precision.INT8));
        cases.add(integers(Precision.INT4));
        cases.add(refusedInteger("integers-not-finite", "int8", Double.POSITIVE_INFINITY));
        cases.add(refusedInteger("integers-not-a-number", "int4", Double.NaN));
        addConditions(cases);
        addNearest(cases);
        cases.add(fit("fit-of-sum", normal(160, DataType.DOUBLE, 5, 3, 2), 2));
        cases.add(fit("fit-of-as-many-terms", normal(161, DataType.DOUBLE, 3, 3, 2), 3));
        cases.add(orthogonal("orthogonal-terms", 20, false));
        cases.add(orthogonal("orthogonal-terms-weights", RoundOff.sumsTimes(5e4), true));
        cases.add(almostUnneeded());
        cases.add(orthogonalZero());
        return cases;
    }

    /** The numbers of a format, those half way between them and their neighbours, and what lies beyond. */
    private static KitCase rounding(Precision format) {
        KitCase made = new KitCase("rounding-" + format.label(), "rounding", "round");
        made.settings.put("format", format.label());
        TreeSet<Double> numbers = new TreeSet<>();
        for (double x : format.bits() == 8 ? all(format) : some(format)) {
            double above = next(format, x);
            double half = Double.isInfinite(above) ? x + (x - below(format, x)) / 2 : x + (above - x) / 2;
            numbers.addAll(List.of(x, half, Math.nextUp(half), Math.nextDown(half)));
        }
        double largest = format.largest();
        numbers.addAll(List.of(largest * 1.3, largest * 2, Double.MIN_VALUE));
        numbers.addAll(List.of(Double.MAX_VALUE, Double.POSITIVE_INFINITY));
        Random random = new Random(format.bits());
        for (int i = 0; i < 200; i++) {
            numbers.add(Math.abs(random.nextGaussian()) * KitFiles.powerOfTen(random.nextInt(9) - 6));
        }
        List<Double> both = new ArrayList<>(List.of(Double.NaN));
        numbers.forEach(x -> both.addAll(List.of(x, -x)));
        return made.tensor(
                        "x",
                        array(both.stream().mapToDouble(Double::doubleValue).toArray(), both.size()))
                .bits("stored");
    }

    /** All numbers of a format that are not negative. */
    private static List<Double> all(Precision format) {
        List<Double> numbers = new ArrayList<>();
        for (double x = 0; x <= format.largest(); x = next(format, x)) {
            numbers.add(x);
        }
        return numbers;
    }

    /** The smallest ones, some at random, those around powers of two, and the largest. */
    private static List<Double> some(Precision format) {
        List<Double> numbers = new ArrayList<>();
        double x = 0;
        for (int i = 0; i < 40; i++) {
            numbers.add(x);
            x = next(format, x);
        }
        Random random = new Random(7);
        for (int exponent = -30; exponent <= 15; exponent++) {
            double power = format.store(Math.scalb(1.0, exponent));
            numbers.addAll(List.of(power, below(format, power), format.store(power * (1 + random.nextDouble()))));
        }
        double least = Math.scalb(1.0, format == Precision.FP16 ? -14 : -126);
        numbers.addAll(List.of(least, below(format, least), format.largest(), below(format, format.largest())));
        return numbers;
    }

    /** By definition of the format, not by rounding. */
    private static double next(Precision format, double x) {
        double up = x + unit(format, x);
        return up > format.largest() ? Double.POSITIVE_INFINITY : up;
    }

    private static double below(Precision format, double x) {
        return x == 0 ? 0 : x - unit(format, Math.nextDown(x));
    }

    private static double unit(Precision format, double x) {
        int fraction;
        int least;
        switch (format) {
            case FP32 -> {
                fraction = 23;
                least = -126;
            }
            case FP16 -> {
                fraction = 10;
                least = -14;
            }
            case BF16 -> {
                fraction = 7;
                least = -126;
            }
            case FP8_E4M3 -> {
                fraction = 3;
                least = -6;
            }
            case FP8_E5M2 -> {
                fraction = 2;
                least = -14;
            }
            default -> throw new IllegalArgumentException(format.label());
        }
        return Math.scalb(1.0, Math.max(Math.getExponent(x), least) - fraction);
    }

    private static KitCase codes(String format) {
        int[] codes = new int[CODES];
        for (int i = 0; i < CODES; i++) {
            codes[i] = i;
        }
        KitCase made = new KitCase("codes-" + format, "rounding", "decode");
        made.settings.put("format", format);
        return made.tensor("codes", Nd4j.createFromArray(codes).castTo(DataType.UINT16))
                .bits("values");
    }

    /** Ties of scales that are powers of two and of others, a matrix of zeros, signs, subnormal scales. */
    private static KitCase integers(Precision format) {
        KitCase made = new KitCase("integers-" + format.label(), "integers", "round-integers");
        made.settings.put("format", format.label());
        int largest = (int) format.largest();
        // The one but last has a scale of 1.3 times the smallest FLOAT, which is rounded to one: quotients must be cut.
        double[] maxima = {
            largest * 0.125, 0.7, 1.3e-4, 0, 91.7, 3e-43, 1.3 * largest * Float.MIN_VALUE, doublyRounded(largest)
        };
        int length = 30;
        double[] numbers = new double[maxima.length * length];
        Random random = new Random(largest);
        for (int k = 0; k < maxima.length; k++) {
            // A FLOAT over a FLOAT, as the scale is, so that half of it is where a quotient by it is a tie.
            double scale = (float) maxima[k] / largest;
            for (int j = 0; j < length; j++) {
                double integer = random.nextInt(2 * largest) - largest;
                numbers[k * length + j] = j == 0
                        ? (k < maxima.length - 1 ? (float) maxima[k] : maxima[k]) * (k % 2 == 0 ? 1 : -1)
                        : j < length / 2 ? (integer + 0.5) * scale : (2 * random.nextDouble() - 1) * maxima[k];
            }
            OptionalDouble telling = byReciprocal(scale, largest);
            if (maxima[k] > 1e-10 && telling.isPresent()) {
                numbers[(k + 1) * length - 1] = telling.getAsDouble();
            }
        }
        return made.tensor("factor", array(numbers, maxima.length, 5, 6)).bits("integers", "scales", "values");
    }

    /** A number that is another integer where it is multiplied by the scale's reciprocal. */
    private static OptionalDouble byReciprocal(double scale, int largest) {
        for (int integer = 0; integer < largest; integer++) {
            double half = (integer + 0.5) * scale;
            for (double x : new double[] {half, Math.nextUp(half), Math.nextDown(half)}) {
                if (Math.rint(x / scale) != Math.rint(x * (1 / scale))) {
                    return OptionalDouble.of(x);
                }
            }
        }
        return OptionalDouble.empty();
    }

    private static KitCase refusedInteger(String name, String format, double number) {
        KitCase refused = new KitCase(name, "integers", "round-integers");
        refused.settings.put("format", format);
        return refused.tensor("factor", array(new double[] {0.3, number, -0.7}, 1, 1, 3))
                .scalars(0, "refused");
    }

    /** A number whose quotient by {@code largest} is another if it is rounded to FLOAT before it is divided. */
    private static double doublyRounded(int largest) {
        Random random = new Random(largest);
        double number;
        do {
            number = random.nextDouble();
        } while ((float) (number / largest) == (float) number / largest);
        return number;
    }

    private static KitCase condition(String name, double tolerance, INDArray... factors) {
        KitCase made = new KitCase("condition-" + name, "condition", "condition");
        for (int i = 0; i < factors.length; i++) {
            made.tensor("factor" + (i + 1), factors[i]);
        }
        return made.scalars(tolerance, "gamma", "norm")
                .scalars(RoundOff.products(), "weight_norm", "weight_sum", "crest", "expected_error", "worst_error");
    }

    private static KitCase conditionAlone(String name, INDArray... factors) {
        KitCase made = condition(name, 0, factors);
        made.outputs.retain("gamma");
        return made;
    }

    private static void addConditions(List<KitCase> cases) {
        DataType type = DataType.DOUBLE;
        cases.add(condition("two-factors", RoundOff.products(), normal(101, type, 4, 5, 2), normal(102, type, 4, 3, 3))
                .tensor("lambda", normal(103, type, 4)));
        cases.add(condition(
                        "negative-weights", RoundOff.products(), normal(170, type, 4, 3, 2), normal(171, type, 4, 2, 3))
                .tensor("lambda", array(new double[] {-1.3, 0.7, -0.3, 1.9}, 4)));
        cases.add(condition("one-factor", RoundOff.products(), normal(104, type, 3, 6, 2)));
        cases.add(condition(
                "three-factors",
                RoundOff.products(),
                normal(105, type, 3, 2, 2),
                normal(106, type, 3, 5, 1),
                normal(107, type, 3, 2, 3)));
        DataType single = DataType.FLOAT;
        cases.add(condition("float", RoundOff.products(), normal(108, single, 5, 4, 2), normal(109, single, 5, 3, 2)));
        INDArray spike = normal(110, type, 2, 4, 3).muli(1e-3);
        spike.putScalar(5, 7.3);
        cases.add(condition("spike", RoundOff.products(), spike, normal(111, type, 2, 2, 2)));
        for (int digits : new int[] {3, 7, 12}) {
            // What cancels leaves about 10^-16 of the terms in the norm.
            double tolerance = Math.max(RoundOff.products(), StrictMath.pow(10, digits - 14.5));
            INDArray first = normal(120, type, 2, 4, 2);
            INDArray second = normal(121, type, 2, 3, 2);
            for (int i = 0; i < first.length() / 2; i++) {
                first.putScalar(first.length() / 2 + i, first.getDouble(i));
            }
            for (int i = 0; i < second.length() / 2; i++) {
                double other = second.getDouble(second.length() / 2 + i);
                second.putScalar(second.length() / 2 + i, -second.getDouble(i) + KitFiles.powerOfTen(-digits) * other);
            }
            cases.add(condition("cancelling-" + digits, tolerance, first, second));
        }
        cases.add(conditionAlone("zero", Nd4j.zeros(type, 2, 3, 2), normal(130, type, 2, 2, 2)));
        INDArray one = normal(131, type, 1, 3, 2);
        INDArray twice = Nd4j.concat(0, one, one);
        INDArray other = normal(132, type, 1, 2, 2);
        KitCase cancelled = conditionAlone("cancelled", twice, Nd4j.concat(0, other, other))
                .tensor("lambda", array(new double[] {1.1, -1.1}, 2));
        cases.add(cancelled.atLeast(1e15, "gamma"));
        INDArray nan = normal(133, type, 2, 3, 2);
        nan.putScalar(4, Double.NaN);
        cases.add(conditionAlone("not-a-number", nan, normal(134, type, 2, 2, 2)));
        INDArray infinite = normal(135, type, 2, 3, 2);
        infinite.putScalar(4, Double.POSITIVE_INFINITY);
        cases.add(conditionAlone("infinite", infinite, normal(136, type, 2, 2, 2)));
    }

    private static void addNearest(List<KitCase> cases) {
        KitCase matrix = new KitCase("nearest-of-matrix", "nearest-sums", "nearest-of-matrix");
        matrix.settings.put("rows1", 4).put("columns1", 2).put("terms", 3);
        cases.add(nearest(matrix.tensor("matrix", normal(140, DataType.DOUBLE, 12, 10))));
        KitCase sum = new KitCase("nearest-of-sum", "nearest-sums", "nearest-of-sum");
        sum.settings.put("terms", 2);
        cases.add(nearest(sum.tensor("factor1", normal(141, DataType.DOUBLE, 6, 4, 3))
                .tensor("factor2", normal(142, DataType.DOUBLE, 6, 3, 2))
                .tensor("lambda", normal(143, DataType.DOUBLE, 6))));
        KitCase unneeded = new KitCase("nearest-unneeded-terms", "nearest-sums", "nearest-of-sum");
        unneeded.settings.put("terms", 5);
        cases.add(nearest(unneeded.tensor("factor1", normal(144, DataType.DOUBLE, 5, 1, 2))
                .tensor("factor2", normal(145, DataType.DOUBLE, 5, 3, 2))));
    }

    private static KitCase nearest(KitCase made) {
        return made.ofLargest(RoundOff.sumsTimes(500), "dense", "singular_values", "first_norms", "second_norms")
                .scalars(RoundOff.sumsTimes(5e3), "error", "gamma");
    }

    private static KitCase fit(String name, INDArray first, int terms) {
        KitCase made = new KitCase(name, "least-squares", "fit");
        made.settings.put("terms", terms);
        long s = first.size(0);
        return made.tensor("factor1", first)
                .tensor("factor2", normal(162, DataType.DOUBLE, s, 4, 1))
                .tensor("factor3", normal(163, DataType.DOUBLE, s, 2, 3))
                .tensor("lambda", normal(164, DataType.DOUBLE, s))
                .ofLargest(RoundOff.sums(DataType.DOUBLE), "target")
                .fit(0.01, "fit");
    }

    /** A has cancelling terms, and two that are equal; B one that is zero. */
    private static KitCase orthogonal(String name, double size, boolean weights) {
        LsrConfig config = LsrConfig.builder()
                .seed(42)
                .bottleneckRank(4)
                .separationRank(4)
                .termWeights(weights)
                .build();
        KitCase made = new KitCase(name, "orthogonal-terms", "orthogonal-terms");
        KitFiles.putConfig(made.settings.putObject("adapter"), config);
        made.settings.put("in", 12).put("out", 15);
        SumCases.parameters(DataType.DOUBLE, config, 12, 15, 150).forEach(made::tensor);
        for (String side : List.of("A", "B")) {
            INDArray first = made.tensors.get("linear.lsr_" + side + "1");
            INDArray second = made.tensors.get("linear.lsr_" + side + "2");
            second.muli(size);
            copyMatrix(first, 1, 0, 1);
            copyMatrix(second, 1, 0, -0.97);
            copyMatrix(first, 3, 2, 1);
            copyMatrix(second, 3, 2, -0.9);
            if (weights) {
                made.tensors.get("linear.lsr_" + side + "_lambda").muli(0.02).addi(1.1);
            }
        }
        return made.ofLargest(RoundOff.sumsTimes(5e3), "A_dense", "A_first_norms", "A_second_norms", "A_first_unneeded")
                .ofLargest(RoundOff.sumsTimes(5e3), "B_dense", "B_first_norms", "B_second_norms", "B_first_unneeded")
                .scalars(RoundOff.sumsTimes(5e3), "A_gamma", "B_gamma");
    }

    /** B is zero, as it is before training. */
    private static KitCase orthogonalZero() {
        KitCase made = orthogonal("orthogonal-terms-zero", 20, false).since(2);
        made.tensors.get("linear.lsr_B2").assign(0);
        return made;
    }

    /** A term that is just large enough to be needed, and one that is just too small. */
    private static KitCase almostUnneeded() {
        LsrConfig config =
                LsrConfig.builder().seed(42).bottleneckRank(4).separationRank(4).build();
        KitCase made = new KitCase("orthogonal-terms-threshold", "orthogonal-terms", "orthogonal-terms");
        KitFiles.putConfig(made.settings.putObject("adapter"), config);
        made.settings.put("in", 12).put("out", 15);
        SumCases.parameters(DataType.DOUBLE, config, 12, 15, 155).forEach(made::tensor);
        double[] sizes = {23, 23, 11.5e-13, 11.5e-15};
        for (String side : List.of("A", "B")) {
            INDArray first = made.tensors.get("linear.lsr_" + side + "1");
            INDArray second = made.tensors.get("linear.lsr_" + side + "2");
            for (int k = 0; k < sizes.length; k++) {
                keepApart(first.slice(k), k, 1);
                keepApart(second.slice(k), k, sizes[k]);
            }
            copyMatrix(first, 1, 0, 1);
            copyMatrix(second, 1, 0, -0.5);
        }
        // How many are not needed; the direction of the one that just is has few right digits, and so have those beside
        // it.
        return made.ofLargest(RoundOff.sumsTimes(5e3), "A_dense", "A_first_norms", "A_second_norms")
                .ofLargest(RoundOff.sumsTimes(5e3), "B_dense", "B_first_norms", "B_second_norms")
                .ofLargest(0.5, "A_first_unneeded", "B_first_unneeded")
                .scalars(RoundOff.sumsTimes(5e3), "A_gamma", "B_gamma");
    }

    /**
     * Keeps every fourth number of the third and fourth term, the others of the first two, and gives them a norm: terms that
     * share none are orthogonal.
     */
    private static void keepApart(INDArray matrix, int k, double norm) {
        for (int i = 0; i < matrix.length(); i++) {
            if (k < 2 ? i % 4 > 1 : i % 4 != k) {
                matrix.putScalar(i, 0);
            }
        }
        matrix.muli(norm / KitFiles.norm(matrix));
    }

    /** Makes one matrix of a stack another one times a number. */
    private static void copyMatrix(INDArray stack, int to, int from, double times) {
        long length = stack.length() / stack.size(0);
        for (long i = 0; i < length; i++) {
            stack.putScalar(to * length + i, times * stack.getDouble(from * length + i));
        }
    }
}
