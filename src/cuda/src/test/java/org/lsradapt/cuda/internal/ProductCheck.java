package org.lsradapt.cuda.internal;

import java.util.Arrays;

/** Checks each form of product in use, on random shapes, against the definition. */
final class ProductCheck {
    /** The factors of what was there; with the last one, a bias is added, too. */
    private static final double[] BETAS = {0, 1, 0.5, 0};

    private final Bench bench;
    private final Products products;

    ProductCheck(Bench bench, Products products) {
        this.bench = bench;
        this.products = products;
    }

    void run() {
        for (Precision precision : Precision.values()) {
            for (int transposed = 0; transposed < 4; transposed++) {
                for (int form = 0; form < BETAS.length; form++) {
                    bench.clear();
                    bench.add(one(precision, (transposed & 1) != 0, (transposed & 2) != 0, form));
                }
            }
        }
    }

    private Finding one(Precision precision, boolean transposeA, boolean transposeB, int form) {
        // BF16 is multiplied eight numbers at a time, or four if the width of an adapter requires it.
        int unit = precision == Precision.BF16 ? bench.odd(8, 4) : 1;
        int m = unit * bench.odd(3, 5, 17);
        int n = unit * bench.odd(1, 7, 13);
        int k = unit * bench.odd(1, 5, 19);
        ElementType operand = precision.operands();
        ElementType result = ElementType.F32;
        double[] a = bench.normal(operand, (long) m * k);
        double[] b = bench.normal(operand, (long) k * n);
        double[] c = bench.normal(result, (long) m * n);
        double beta = BETAS[form];
        boolean biased = form == BETAS.length - 1;
        double[] bias = biased ? bench.normal(result, n) : new double[n];
        double[] expected = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int x = 0; x < k; x++) {
                    sum += a[transposeA ? x * m + i : i * k + x] * b[transposeB ? j * k + x : x * n + j];
                }
                expected[i * n + j] = 1.5 * sum + beta * c[i * n + j] + bias[j];
            }
        }
        Block blockA = new Block(operand, transposeA ? m : k, unit);
        Block blockB = new Block(operand, transposeB ? k : n, unit);
        Block blockC = new Block(result, n, unit);
        Product product = new Product(
                precision,
                m,
                n,
                k,
                transposeA,
                transposeB,
                blockA.stride(),
                blockB.stride(),
                blockC.stride(),
                1.5,
                beta);
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            double[] before = c.clone();
            if (beta == 0) {
                Arrays.fill(before, Double.NaN);
            }
            long out = blockC.up(before);
            products.multiply(product, blockA.up(a), blockB.up(b), out, biased ? bench.up(result, bias) : 0);
            results[run] = blockC.down(out, m);
        }
        bench.describe(m + " x " + k + " x " + n + ", beta " + beta + (biased ? ", a bias" : ""));
        return Finding.of(name(product), tolerance(precision), expected, results[0], results[1]);
    }

    /** The columns of a wider matrix from the second on; the other columns are NaN. Columns are counted in units. */
    private final class Block {
        private final ElementType type;
        private final int width;
        private final int unit;

        Block(ElementType type, int width, int unit) {
            this.type = type;
            this.width = width;
            this.unit = unit;
        }

        int stride() {
            return width + 3 * unit;
        }

        private int place(int number) {
            return unit + number / width * stride() + number % width;
        }

        private long offset() {
            return (long) unit * type.bytes();
        }

        long up(double[] numbers) {
            double[] wide = new double[numbers.length / width * stride() + unit];
            Arrays.fill(wide, Double.NaN);
            for (int i = 0; i < numbers.length; i++) {
                wide[place(i)] = numbers[i];
            }
            return bench.up(type, wide) + offset();
        }

        double[] down(long address, int rows) {
            double[] wide = bench.down(type, address - offset(), (long) rows * stride() + unit);
            double[] numbers = new double[rows * width];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = wide[place(i)];
            }
            return numbers;
        }
    }

    private static String name(Product product) {
        return "product " + product.precision() + " " + (product.transposeA() ? "Aᵀ" : "A") + "·"
                + (product.transposeB() ? "Bᵀ" : "B");
    }

    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FLOAT, BF16 -> 1e-5;
            // This also holds for a device that truncates operands to 10 bits.
            case TF32 -> 3e-3;
        };
    }
}
